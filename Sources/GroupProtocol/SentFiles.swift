import Model

/// What was sent to an agent and not confirmed yet, and how much of it may still be on its way: so much at once, since
/// what waits for a slow agent is bounded, and what goes beyond that cuts it off.
struct SentFiles: Equatable, Sendable {
  /// Room for one file of any size beside the one before it.
  static let windowBytes = 2 * Content.sizeLimitBytes

  private var files = SortedMap<NodeFile, LeaderCore.SentFile>()
  private var bytes = 0

  subscript(file: NodeFile) -> LeaderCore.SentFile? {
    get { files[file] }
    set {
      bytes += (newValue?.bytes ?? 0) - (files[file]?.bytes ?? 0)
      files[file] = newValue
    }
  }

  var names: [NodeFile] { files.keys }

  func overdue(at tick: Tick) -> [NodeFile] { files.filter { $1.isOverdue(at: tick) }.keys }

  /// Whether a version of this size may be sent in place of the one that was sent before.
  func hasRoom(for size: Int, of file: NodeFile) -> Bool {
    bytes - (files[file]?.bytes ?? 0) + size <= Self.windowBytes
  }
}

extension LeaderCore.SentFile {
  /// Whether the agent should have answered by then. A large file has a tick more for each MiB: sent again while it is
  /// still on its way, it would only come later.
  func isOverdue(at tick: Tick) -> Bool { self.tick + LeaderCore.resendTicks + Tick(bytes >> 20) <= tick }
}
