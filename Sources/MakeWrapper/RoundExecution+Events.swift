import DMakefile
import FileTree
import Linux
import Model

extension RoundExecution {
  /// How many occurrences each reader of an event has yet to see.
  var pendingEvents: [Vertex: SortedMap<TreePath, Int>] { eventViews.pending(graph, ledger) }

  /// Runs `body` while the event files show the newest occurrences of `view` and no others, also if it fails.
  func withView<Value>(
    _ view: SortedMap<TreePath, Int>, _ body: () throws(RoundFailure) -> Value
  ) throws(RoundFailure) -> Value {
    let parts = view.compactMap { path, count -> (path: TreePath, events: ArraySlice<Event>)? in
      let events = eventViews.standing[path] ?? []
      return count < events.count ? (path, events.suffix(count)) : nil
    }
    for (path, events) in parts {
      try showEvents(path, events.isEmpty ? nil : Event.file(Array(events)))
    }
    let outcome: Result<Value, RoundFailure>
    do throws(RoundFailure) { outcome = .success(try body()) } catch { outcome = .failure(error) }
    for (path, _) in parts { try showEvents(path, tree[path]?.content) }
    return try outcome.get()
  }

  private func showEvents(_ path: TreePath, _ content: Content?) throws(RoundFailure) {
    let stamp = ledger.memory.inputStamp(of: path.text) ?? .input(request.index, pass: 0)
    var values = TagValues()
    do throws(SystemError) {
      for input in graph.inputs(of: path) {
        guard let tag = graph.input(input)?.tag else { continue }
        try root.write(graph.name(of: input), values.content(of: tag, in: path, content), stamp)
      }
      let standIn = HiddenFiles.standIn(for: path)
      if let content {
        if root.digest(of: standIn) != nil { try root.remove(standIn) }
        try root.write(path.text, content, stamp)
      } else {
        try root.write(standIn, TagValues.none, stamp)
        if root.digest(of: path.text) != nil { try root.remove(path.text) }
      }
    } catch { throw .file(error) }
  }

  /// The rules have succeeded, and have seen the occurrences.
  func noteHandled(_ rules: VertexSet, _ view: SortedMap<TreePath, Int>) {
    guard !view.isEmpty else { return }
    let pending = pendingEvents
    for rule in rules {
      guard let files = pending[rule] else { continue }
      var handled = ledger[handled: rule] ?? HandledEvents()
      for path in files.keys { handled.last[path] = eventViews.standing[path]?.last?.identity }
      ledger[handled: rule] = handled
    }
  }

  /// An occurrence has been handled when every rule that reads its file has seen it and succeeded, or when none reads
  /// it. What is known of the readers of files that hold nothing more is forgotten.
  func settleEvents() -> [EventIdentity] {
    var open = SortedMap<TreePath, Int>()
    for files in pendingEvents.values {
      for (path, count) in files { open[path] = max(open[path] ?? 0, count) }
    }
    for target in ledger.memory.eventHandlers {
      let kept =
        graph.contains(target) ? ledger[handled: target]?.last.filter { path, _ in open[path] ?? 0 > 0 } : nil
      let isEmpty = kept?.isEmpty ?? true
      ledger[handled: target] = isEmpty ? nil : kept.map(HandledEvents.init)
    }
    let standing = eventViews.standing
    let remaining = Set(standing.flatMap { path, events in events.suffix(open[path] ?? 0).map(\.identity) })
    return request.events.map(\.identity).filter { !remaining.contains($0) }
  }
}
