import Glibc
import Linux

/// The keeper as a program: the agent's own, executed under another name.
public enum Keeper {
  /// The name by which the program knows that it is to be a keeper, and by which people find it among processes.
  public static let name = "dmake-keeper"

  static let connectionDescriptor: CInt = 3
  private static let standardProgram = "/proc/self/exe"

  /// Works as a keeper and ends the process, if that is what it was executed for; else returns at once. To be called
  /// before anything else.
  public static func runIfNamed(_ arguments: [String]) {
    guard arguments.first == name, arguments.count == 2 else { return }
    for signal in [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGUSR1, SIGUSR2] {
      _ = Glibc.signal(signal, SIG_IGN)
    }
    do throws(SystemError) {
      try KeeperServer(KeeperFolders(path: arguments[1]), first: connectionDescriptor).run()
      exit(0)
    } catch {
      // Standard error is the keeper's log.
      _ = "\(name): \(error)\n".withCString { write(STDERR_FILENO, $0, strlen($0)) }
      exit(1)
    }
  }

  /// Starts a keeper; answers the connection to it. It outlives this process.
  static func start(_ program: String?, _ folders: KeeperFolders) throws(SystemError) -> CInt {
    let (own, other) = try LocalSocket.pair()
    defer { close(other) }
    let path = "\(folders.log.path)/\(name).log"
    let log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0o640)
    guard log >= 0 else { throw SystemError(errno, "open the log", path) }
    defer { close(log) }
    // Nothing of the agent's own environment, in which there may be secrets.
    var request = SpawnRequest(
      executables: [program ?? standardProgram], arguments: [name, folders.state.path], environment: [],
      output: log)
    request.connection = other
    let spawner = try ProcessSpawner()
    do throws(SpawnError) {
      try spawner.spawnDetached(request)
      return own
    } catch {
      close(own)
      throw SystemError(error.code, "start the keeper", error.path)
    }
  }
}
