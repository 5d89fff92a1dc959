import CLinux
import Glibc

/// A program to start; see `dmake_spawn_process` in CLinux for what happens between fork and exec.
public struct SpawnRequest: Sendable {
  /// Paths to try in this order.
  public var executables: [String]
  /// From the program's own name on.
  public var arguments: [String]
  /// `NAME=VALUE`.
  public var environment: [String]
  public var folder: String?
  /// Becomes standard output; -1: nothing is set, and it cannot be started.
  public var output: CInt
  /// Becomes standard error; nil: ``output`` does.
  public var errors: CInt?
  /// Becomes descriptor 3; nil: there is none.
  public var connection: CInt?
  /// The child's pid and start time are written there before it can outlive this process; -1: nowhere.
  public var record: CInt
  public var recordOffset: Int
  /// Where it is born; nil: with this process.
  public var group: ControlGroup?
  public var account: UserAccount?
  public var confinement = Confinement()
  /// Whether it is killed when this process dies.
  public var diesWithParent = false
  /// Whether it goes on before this process does where they share a processor: all that this process has left to do can
  /// wait. Of many at once each would cost a turn.
  public var goesFirst = false

  public init(
    executables: [String], arguments: [String], environment: [String], output: CInt = -1, record: CInt = -1,
    recordOffset: Int = 0
  ) {
    self.executables = executables
    self.arguments = arguments
    self.environment = environment
    self.output = output
    self.record = record
    self.recordOffset = recordOffset
  }
}

/// Why a program could not be started.
public struct SpawnError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Step: Hashable, Sendable {
    case clone, session, streams, limits, user, folder, record, execute, group
  }

  public let step: Step
  /// An errno(3).
  public let code: CInt
  public let path: String
  /// What the program is to be run by, which is not there: then the kernel says of the program that it is not.
  public var interpreter: String?

  public var description: String {
    let reason = SystemError.text(of: code)
    return switch step {
    case .clone: "no process can be made for `\(path)`: \(reason)"
    case .session, .streams: "the process for `\(path)` cannot be prepared: \(reason)"
    case .limits:
      "the limits of the process for `\(path)` cannot be set: \(reason); only root may raise limits and priorities"
    case .user: "the process for `\(path)` cannot change its user: \(reason); the agent must run as root for it"
    case .folder: "the working folder of `\(path)` cannot be entered: \(reason)"
    case .record: "the start of `\(path)` cannot be recorded: \(reason)"
    case .execute:
      if let interpreter {
        "cannot execute `\(path)`: there is no `\(interpreter)`, by which it says in its first line that it is run"
      } else {
        "cannot execute `\(path)`: \(reason)"
      }
    case .group: "the process for `\(path)` cannot enter its control group: \(reason)"
    }
  }
}

/// Starts programs. Everything is called on one thread that lives as long as the process.
public final class ProcessSpawner {
  private let null: CInt
  private let openFileLimit: UInt64
  /// What a child needs is put here for its start.
  private let places: [CInt]

  /// Takes the limit of open files that children get from this process's, before it raises its own.
  public init() throws(SystemError) {
    null = open("/dev/null", O_RDONLY | O_CLOEXEC)
    guard null >= 0 else { throw .last("open", "/dev/null") }
    places = (0..<DMAKE_SPAWN_PLACES).map { [null] _ in fcntl(null, F_DUPFD_CLOEXEC, 10) }
    guard places.allSatisfy({ $0 >= 0 }) else { throw .last("open", "/dev/null") }
    // A descriptor for each process: with the usual limit of 1,024 an agent could watch fewer.
    openFileLimit = try OpenFileLimit.raise()
  }

  deinit {
    close(null)
    for place in places { close(place) }
  }

  public func spawn(_ request: SpawnRequest) throws(SpawnError) -> ProcessDescriptor {
    let result = try result(of: request, detaches: false)
    return ProcessDescriptor(pid: result.pid, owning: result.pidfd)
  }

  /// Starts a program that outlives this process, and that this process need not reap.
  public func spawnDetached(_ request: SpawnRequest) throws(SpawnError) {
    _ = try result(of: request, detaches: true)
  }

  private func result(of request: SpawnRequest, detaches: Bool) throws(SpawnError) -> dmake_spawned {
    let result = withStrings(request.executables) { executables in
      withStrings(request.arguments) { arguments in
        withStrings(request.environment) { environment in
          withPath(request.folder) { folder in
            run(request, executables, arguments, environment, folder, detaches)
          }
        }
      }
    }
    guard result.error == 0 else {
      let name = request.executables.count == 1 ? request.executables[0] : request.arguments.first ?? ""
      var error = SpawnError(
        step: .init(result.step), code: result.error,
        path: result.step == DMAKE_SPAWN_FOLDER ? request.folder ?? name : name)
      if error.step == .execute, error.code == ENOENT {
        error.interpreter = Self.missingInterpreter(of: request)
      }
      throw error
    }
    return result
  }

  /// Of the first of the programs that is there; nil: none is, or it says nothing of what runs it (execve(2)).
  private static func missingInterpreter(of request: SpawnRequest) -> String? {
    let folder = request.folder ?? "."
    let paths = request.executables.map { $0.hasPrefix("/") ? $0 : "\(folder)/\($0)" }
    guard let path = paths.first(where: { access($0, F_OK) == 0 }) else { return nil }
    let file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 256)
    let count = read(file, &bytes, bytes.count)
    let line = bytes.prefix(max(0, count)).prefix { $0 != UInt8(ascii: "\n") }
    let blanks = [UInt8(ascii: " "), UInt8(ascii: "\t")]
    guard line.starts(with: "#!".utf8) else { return nil }
    let name = line.dropFirst(2).drop { blanks.contains($0) }.prefix { !blanks.contains($0) }
    // A text of another system ends its lines with one more character.
    return String(decoding: name.filter { $0 != UInt8(ascii: "\r") }, as: UTF8.self)
      + (name.contains(UInt8(ascii: "\r")) ? "\\r" : "")
  }

  private typealias Strings = UnsafePointer<UnsafeMutablePointer<CChar>?>

  private func run(
    _ request: SpawnRequest, _ executables: Strings, _ arguments: Strings, _ environment: Strings,
    _ folder: UnsafePointer<CChar>?, _ detaches: Bool
  ) -> dmake_spawned {
    var raw = dmake_spawn()
    raw.executables = executables
    raw.arguments = arguments
    raw.environment = environment
    raw.folder = folder
    raw.input = null
    raw.output = request.output
    raw.errors = request.errors ?? -1
    raw.connection = request.connection ?? -1
    raw.record = request.record
    raw.record_offset = off_t(request.recordOffset)
    raw.cgroup = request.group?.descriptor ?? -1
    raw.open_file_limit = openFileLimit
    raw.umask = mode_t(request.confinement.umask)
    raw.nice = request.confinement.nice
    raw.no_new_privileges = request.confinement.hasNoNewPrivileges ? 1 : 0
    raw.detaches = detaches ? 1 : 0
    raw.dies_with_parent = request.diesWithParent ? 1 : 0
    raw.goes_first = request.goesFirst ? 1 : 0
    let limits = request.confinement.limits.map {
      dmake_limit(resource: CInt($0.resource), soft: rlim_t($0.soft), hard: rlim_t($0.hard))
    }
    return limits.withUnsafeBufferPointer { limits in
      places.withUnsafeBufferPointer { places in
        raw.limits = limits.baseAddress
        raw.limit_count = limits.count
        raw.places = places.baseAddress
        return spawn(&raw, request.account)
      }
    }
  }

  private func spawn(_ raw: inout dmake_spawn, _ account: UserAccount?) -> dmake_spawned {
    guard let account else { return dmake_spawn_process(&raw) }
    raw.changes_user = 1
    raw.user = account.user
    raw.group = account.group
    raw.group_count = account.groups.count
    return account.groups.withUnsafeBufferPointer { groups in
      raw.groups = groups.baseAddress
      return dmake_spawn_process(&raw)
    }
  }

  private func withPath<Result>(_ path: String?, _ body: (UnsafePointer<CChar>?) -> Result) -> Result {
    guard let path else { return body(nil) }
    return path.withCString { body($0) }
  }

  /// The strings as a C array with a null pointer at its end.
  private func withStrings<Result>(_ strings: [String], _ body: (Strings) -> Result) -> Result {
    var pointers = strings.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    return pointers.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { preconditionFailure("an array of one or more has an address") }
      return body(base)
    }
  }
}

extension SpawnError.Step {
  init(_ step: dmake_spawn_step) {
    self =
      switch step {
      case DMAKE_SPAWN_CLONE: .clone
      case DMAKE_SPAWN_SESSION: .session
      case DMAKE_SPAWN_STREAMS: .streams
      case DMAKE_SPAWN_LIMITS: .limits
      case DMAKE_SPAWN_USER: .user
      case DMAKE_SPAWN_FOLDER: .folder
      case DMAKE_SPAWN_RECORD: .record
      case DMAKE_SPAWN_GROUP: .group
      default: .execute
      }
  }
}
