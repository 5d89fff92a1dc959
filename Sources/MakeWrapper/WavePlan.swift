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
  ///   - failed: rules among those that failed when they ran last: whether what they make is there is not known.
  ///   - ran: rules that have run in this pass.
  ///   - valuesAfterPass: what is another input in the next pass when a rule has made something else.
  init(
    graph: RuleGraph, due: VertexSet, waiting: VertexSet, failed: VertexSet = [], ran: VertexSet = [],
    valuesAfterPass: ((Vertex) -> [Vertex])? = nil
  ) {
    let due = due.subtracting(waiting)
    var later = Self.later(graph, due, ran, valuesAfterPass ?? graph.valuesAfterPass(of:))
    if ran.isEmpty, later.count == due.count { later = [] }
    let now = due.subtracting(later)
    // What may come to have a reason, because of one that has.
    let pending = graph.reach(from: due) { vertex in
      graph.readers(of: vertex).filter { !waiting.contains($0) }
    }.subtracting(due)
    var behind: VertexSet = []
    if !pending.isEmpty {
      behind = graph.reach(from: pending, graph.successors(of:)).intersection(now)
    }
    if !failed.isEmpty {
      behind.formUnion(
        graph.reach(from: failed.flatMap(graph.successors), graph.successors(of:)).intersection(now))
    }
    // In a circle, which make cuts somewhere, everything is behind something: then all of it runs.
    if behind.count == now.count { behind = [] }
    ready = Array(now.subtracting(behind))
    held = Array(behind.union(later))
  }

  /// Rules that want something to be there before which gets what it holds only when this pass has ended, or in a pass
  /// after it: for what is in it they would not run again. What a rule assigns is in its file then, and the values of
  /// a file are those that it has then.
  private static func later(
    _ graph: RuleGraph, _ due: VertexSet, _ ran: VertexSet, _ valuesAfterPass: (Vertex) -> [Vertex]
  ) -> VertexSet {
    if !graph.hasOrders { return [] }
    let changing = graph.closure(of: due.union(ran))
    let settling = graph.reach(from: changing.flatMap(valuesAfterPass)) {
      graph.readers(of: $0) + valuesAfterPass($0)
    }
    let assigning = due.union(ran).filter { graph.rule($0)?.assigned.isEmpty == false }
    let followers = settling.union(assigning).flatMap(graph.followers(of:))
    return followers.isEmpty ? [] : graph.reach(from: followers, graph.successors(of:)).intersection(due)
  }
}
