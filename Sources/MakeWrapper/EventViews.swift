import Model

/// Which occurrences of events the rules of a wave see: each rule those that it has not handled yet, so that it handles
/// an occurrence once, however long another rule keeps that in its file (dmakefile(5), Events).
///
/// Occurrences stand in the order in which they came, and a rule that runs sees all that stand. So what a rule has
/// handled is a beginning of the list, and what every reader has handled goes from it.
struct EventViews {
  /// The occurrences that stand, by their file, oldest first.
  let standing: SortedMap<TreePath, [Event]>

  init(_ events: [Event]) {
    var standing = SortedMap<TreePath, [Event]>()
    for event in events { standing[event.path, default: []].append(event) }
    self.standing = standing
  }

  /// How many occurrences each rule has yet to see, by file. Every rule that reads a file with occurrences is there,
  /// with 0 where it has handled them all.
  func pending(_ graph: RuleGraph, _ ledger: Ledger) -> [Vertex: SortedMap<TreePath, Int>] {
    var pending: [Vertex: SortedMap<TreePath, Int>] = [:]
    for (path, events) in standing {
      for rule in VertexSet(graph.inputs(of: path).flatMap(graph.readers)) {
        let last = ledger[handled: rule]?.last[path]
        let handled = last.flatMap { last in events.firstIndex { $0.identity == last } }.map { $0 + 1 }
        pending[rule, default: [:]][path] = events.count - (handled ?? 0)
      }
    }
    return pending
  }

  /// The rules of `ready` that see the same, with how many of the newest occurrences they see of each file.
  static func share(
    _ ready: [Vertex], _ pending: [Vertex: SortedMap<TreePath, Int>], _ graph: RuleGraph
  ) -> (wave: WaveShare, view: SortedMap<TreePath, Int>) {
    var view = SortedMap<TreePath, Int>()
    guard ready.contains(where: { pending[$0] != nil }) else { return (WaveShare(ready), view) }
    let wave = WaveShare(ready, graph) { rule in
      let wanted = pending[rule] ?? [:]
      if wanted.contains(where: { path, count in view[path].map { $0 != count } ?? false }) { return false }
      for (path, count) in wanted { view[path] = count }
      return true
    }
    return (wave, view)
  }
}

/// The last occurrence that a rule has handled of each event file that holds more.
struct HandledEvents: Equatable, Sendable {
  var last: SortedMap<TreePath, EventIdentity>

  init(_ last: SortedMap<TreePath, EventIdentity> = [:]) { self.last = last }

  init?(_ bytes: [UInt8]) {
    var reader = FieldReader(bytes)
    var last = SortedMap<TreePath, EventIdentity>()
    guard let count = reader.number(), count <= bytes.count else { return nil }
    for _ in 0..<count {
      guard let path = reader.text().flatMap({ try? TreePath($0) }),
        let node = reader.text().flatMap({ try? NodeName($0) }), let incarnation = reader.number(),
        let sequence = reader.number()
      else { return nil }
      last[path] = EventIdentity(node: node, incarnation: incarnation, sequence: sequence)
    }
    self.last = last
  }

  var bytes: [UInt8] {
    var writer = FieldWriter()
    writer.add(UInt64(last.count))
    for (path, identity) in last {
      writer.add(path.text)
      writer.add(identity.node.text)
      writer.add(identity.incarnation)
      writer.add(identity.sequence)
    }
    return writer.bytes
  }
}
