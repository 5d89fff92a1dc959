import Model

/// Entries whose effect on the tree waits for the running round's result, in the order of the log.
///
/// Of a file that a node reports again and again only the newest version waits: no round would see the others. So what
/// waits follows from the number of files, however long the round takes and however fast nodes report. Ends of
/// processes wait one and all.
struct DeferredEntries: Equatable, Sendable {
  private var entries = SortedMap<LogIndex, LogEntry>()
  /// Where the newest version of a file stands, as far as nothing but reports has come after it.
  private var newest = SortedMap<TreePath, LogIndex>()

  init() {}

  init(_ list: [LeaderState.DeferredEntry]) {
    for item in list.sorted(by: { $0.index < $1.index }) { append(item.entry, at: item.index) }
  }

  var list: [LeaderState.DeferredEntry] {
    entries.map { LeaderState.DeferredEntry(index: $0, entry: $1) }
  }

  mutating func append(_ entry: LogEntry, at index: LogIndex) {
    if let last = entries.last?.key, last >= index { return }
    entries[index] = entry
    guard case .reported(let node, _, let report) = entry else {
      newest = [:]
      return
    }
    switch report.body {
    case .state(let file, _):
      let path = TreePath(node, file)
      if let older = newest[path] { entries[older] = nil }
      newest[path] = index
    // Which of the two counts depends on which was first.
    case .held: newest = [:]
    case .stopped, .inForce: break
    }
  }
}
