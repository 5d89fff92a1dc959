import Model

/// Whether a process's `state.xml` has become too old. It follows the file, whatever becomes of the process.
struct Staleness: Equatable, Sendable {
  private var limit: Duration?
  private var writtenAt: Instant?
  /// Nil: nobody has looked since an agent began, or there is no limit.
  private(set) var isStale: Bool?
  /// When it becomes so.
  private(set) var deadline: Instant?

  /// Another limit holds.
  mutating func change(to new: Duration?, at now: Instant) {
    guard new != limit else { return }
    limit = new
    isStale = nil
    deadline = new.map { (writtenAt ?? now) + $0 }
    if writtenAt != nil { judge(at: now) }
  }

  /// A process that has just been started has time to write it.
  mutating func assumeFresh() { if limit != nil, isStale == nil { isStale = false } }

  mutating func written(ago age: Duration, at now: Instant) {
    writtenAt = now + (.zero - age)
    deadline = limit.flatMap { limit in writtenAt.map { $0 + limit } }
    judge(at: now)
  }

  mutating func passTime(to now: Instant) { if let deadline, deadline <= now { judge(at: now) } }

  private mutating func judge(at now: Instant) {
    guard let due = deadline else { return }
    isStale = due <= now
    if due <= now { deadline = nil }
  }
}
