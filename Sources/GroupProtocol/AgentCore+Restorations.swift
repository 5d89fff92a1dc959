public import Model
import Supervision

/// Delivered files that somebody changes on the node. Each is restored at once the first time, and after a pause that
/// grows as long as it goes on (``BackOff``): a program that writes its own configuration must not keep the agent busy.
struct Restorations: Equatable, Sendable {
  private struct Entry: Equatable, Sendable {
    /// In a row.
    var count = 0
    var restoredAt: Instant
    /// When it is restored again; nil: nobody has changed it since.
    var dueAt: Instant?
  }

  private var entries = SortedMap<NodeFile, Entry>()

  var deadline: Instant? { entries.values.compactMap(\.dueAt).min() }

  func isDue(_ file: NodeFile) -> Bool { entries[file]?.dueAt != nil }

  /// Answers whether the file is restored now; else it becomes due.
  mutating func altered(_ file: NodeFile, at now: Instant) -> Bool {
    var entry = entries[file] ?? Entry(restoredAt: now)
    if now - entry.restoredAt >= BackOff.standard.limit + BackOff.standard.healthyAfter { entry.count = 0 }
    let due = entry.restoredAt + BackOff.standard.delay(failures: entry.count, chance: 0)
    if due > now {
      entry.dueAt = due
    } else {
      entry = Entry(count: entry.count + 1, restoredAt: now)
    }
    entries[file] = entry
    return due <= now
  }

  /// The files whose pause is over.
  mutating func due(at now: Instant) -> [NodeFile] {
    let files = entries.filter { $1.dueAt.map { $0 <= now } ?? false }.keys
    for file in files { entries[file] = Entry(count: (entries[file]?.count ?? 0) + 1, restoredAt: now) }
    return files
  }

  /// No such file is delivered any more.
  mutating func forget(_ file: NodeFile) { entries[file] = nil }
}

extension AgentCore {
  /// Restores a delivered file that somebody has changed, as soon as that may be.
  mutating func restore(_ file: NodeFile, _ reason: String, at now: Instant) -> [AgentEffect] {
    guard files[file]?.content != nil, restorations.altered(file, at: now) else { return [] }
    return restore(file, reason)
  }

  /// Whether the file is restored later, whatever becomes of it until then.
  public func isRestorationDue(_ file: NodeFile) -> Bool { restorations.isDue(file) }

  mutating func restoreDue(at now: Instant) -> [AgentEffect] {
    restorations.due(at: now).flatMap { restore($0, "it is changed again and again") }
  }

  /// A version that is on its way comes anyway.
  private mutating func restore(_ file: NodeFile, _ reason: String) -> [AgentEffect] {
    guard let held = files[file], let content = held.content, pending[file] == nil else { return [] }
    let again = Configuration.File(file: file, stamp: held.stamp, content: content)
    pending[file] = [again]
    return [
      note(
        .warning, "a delivered file was changed on the node and is restored",
        ["file": file.text, "reason": reason]),
      .deliver([again]),
    ]
  }
}
