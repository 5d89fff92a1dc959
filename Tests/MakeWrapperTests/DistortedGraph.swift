import Model

@testable import MakeWrapper

/// Graphs with a bug planted in what slices are made from.
extension RuleGraph {
  var edgeCount: Int { dependents.values.reduce(0) { $0 + $1.count } }

  /// Without one of the readers of some name.
  func withoutEdge(_ number: Int) -> RuleGraph {
    var edges = dependents
    let names = edges.keys.sorted().flatMap { name in (edges[name] ?? []).map { (name, $0) } }
    guard number < names.count else { return self }
    edges[names[number].0]?.removeAll { $0 == names[number].1 }
    return with(dependents: edges)
  }

  /// Knows of no file that it holds values.
  var withoutInputs: RuleGraph { with(inputsOfPath: [:]) }

  /// No rule is known to need another one's output.
  var withoutOrder: RuleGraph { with(dependents: dependents.filter { rules[$0.key] == nil }, followers: [:]) }
}
