import Model

@testable import MakeWrapper

/// Graphs with a bug planted in what slices are made from.
extension RuleGraph {
  var edgeCount: Int { edges.readers.reduce(0) { $0 + $1.count } }

  /// Without one of the readers of some name.
  func withoutEdge(_ number: Int) -> RuleGraph {
    var edges = edges
    let all = edges.readers.indices.flatMap { name in edges.readers[name].map { (name, $0) } }
    guard number < all.count else { return self }
    edges.readers[all[number].0].removeAll { $0 == all[number].1 }
    return with(edges)
  }

  /// Knows of no file that it holds values.
  var withoutInputs: RuleGraph {
    var edges = edges
    edges.inputsOfPath = [:]
    return with(edges)
  }

  /// No rule is known to need another one's output.
  var withoutOrder: RuleGraph {
    var edges = edges
    for rule in rules.indices { edges.readers[rule] = [] }
    edges.followers = edges.followers.map { _ in [] }
    return with(edges)
  }
}
