public import Linux

/// What the keeper uses of an agent's state folder:
///
///     run/PROC         which process of the operating system it is
///     run/PROC~out     the FIFO to which it writes its output
///     log/PROC.log     its output; what was set aside is PROC.log.1 and so on
///     notify/PROC      the socket to which it tells of itself
///     keeper.sock      where the keeper listens for agents
///     keeper.lock      held by the keeper that uses the folder
public struct KeeperFolders: Sendable {
  static let socket = "keeper.sock"
  static let lock = "keeper.lock"

  public let state: Directory
  public let run: Directory
  public let log: Directory
  public let notify: Directory

  /// Creates what is missing.
  public init(path: String) throws(SystemError) {
    state = try Directory.create(path: path)
    run = try state.makeFolders("run", mode: 0o700)
    log = try state.makeFolders("log", mode: 0o750)
    // Processes of other users find their sockets there, and cannot look around.
    notify = try state.makeFolders("notify", mode: 0o711)
  }
}
