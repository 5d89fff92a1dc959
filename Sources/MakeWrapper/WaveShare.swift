/// A part of a wave whose rules one run of make can make.
struct WaveShare: Equatable {
  private(set) var rules: [Vertex]
  /// The wave's rules that a later run makes: those that are not taken, and what needs one of them.
  private(set) var later: [Vertex] = []

  /// All of the wave.
  init(_ ready: [Vertex]) { rules = ready }

  /// The rules of `ready` that are taken, asked for one after the other.
  init(_ ready: [Vertex], _ graph: RuleGraph, isTaken: (Vertex) -> Bool) {
    rules = []
    // What needs nothing of the wave comes first, so that at least one of these runs.
    let dependent = graph.reach(from: ready.flatMap(graph.successors), graph.successors)
    for rule in ready.filter({ !dependent.contains($0) }) + ready.filter(dependent.contains) {
      if isTaken(rule) { rules.append(rule) } else { later.append(rule) }
    }
    let held = graph.reach(from: later, graph.successors)
    let chosen = rules.filter { !held.contains($0) }
    // In a circle, which make cuts somewhere, all of it runs.
    if chosen.isEmpty { return }
    later += rules.filter(held.contains)
    rules = chosen
  }
}
