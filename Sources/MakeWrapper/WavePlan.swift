import FileTree
import Model

/// Which rules make runs next, all of them at once: those that have a reason of their own and need nothing that may
/// still change.
///
/// A pass is a row of waves. A rule whose prerequisite another rule may yet make anew is held until that has run and
/// it is known whether its output is another: then the rule has a reason, or none (early cut-off). Rules that have a
/// reason already go with what they need in one wave, in make's order.
struct WavePlan: Equatable, Sendable {
  /// In order; each has a reason.
  let ready: [Vertex]
  /// Rules with a reason that wait for a later wave.
  let held: [Vertex]

  /// - Parameters:
  ///   - due: rules with a reason of their own.
  ///   - waiting: rules that must not run now, for they failed or something that they need did.
  init(graph: RuleGraph, due: VertexSet, waiting: VertexSet) {
    let due = due.subtracting(waiting)
    // What may come to have a reason, because of one that has.
    let pending = graph.reach(from: due) { vertex in
      graph.readers(of: vertex).filter { !waiting.contains($0) }
    }.subtracting(due)
    var behind: VertexSet = []
    if !pending.isEmpty {
      behind = graph.reach(from: pending, graph.successors(of:)).intersection(due)
    }
    // In a circle, which make cuts somewhere, everything is behind something: then all of it runs.
    if behind.count == due.count { behind = [] }
    ready = Array(due.subtracting(behind))
    held = Array(behind)
  }
}
