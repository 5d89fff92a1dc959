import GroupProtocol
import Model

/// The leader's log and its snapshots. What was not written durably may be gone after a crash, from some entry on.
struct LogDisk: Sendable {
  /// From `base + 1` on.
  private(set) var entries: [LogEntry] = []
  private(set) var base: LogIndex = 0
  private(set) var snapshot = LeaderState()
  private(set) var durableEnd: LogIndex = 0

  var end: LogIndex { base + LogIndex(entries.count) }

  /// Entries after this position, in order.
  func entries(after position: LogIndex) -> ArraySlice<LogEntry> {
    entries.dropFirst(Int(position > base ? position - base : 0))
  }

  mutating func append(_ new: [LogEntry]) { entries += new }

  /// Everything up to here would survive a crash. Answers the entries that are durable only now.
  mutating func flush(through position: LogIndex) -> [(index: LogIndex, entry: LogEntry)] {
    guard position > durableEnd else { return [] }
    let first = durableEnd + 1
    durableEnd = position
    return (first...position).map { (index: $0, entry: entries[Int($0 - base) - 1]) }
  }

  /// Drops what a snapshot at its position makes superfluous.
  mutating func compact(_ state: LeaderState) {
    guard state.index > base, state.index <= durableEnd else { return }
    entries.removeFirst(Int(state.index - base))
    base = state.index
    snapshot = state
  }

  /// Loses what comes after `position`.
  mutating func crash(keeping position: LogIndex) {
    entries.removeLast(Int(end - position))
    durableEnd = min(durableEnd, end)
  }

  mutating func wipe() { self = LogDisk() }

  /// The state as a leader that starts now would have it, up to some entry.
  func recovered(through limit: LogIndex = .max) -> LeaderState {
    var state = snapshot
    for entry in entries where state.index < limit { _ = state.apply(entry, at: state.index + 1) }
    return state
  }
}
