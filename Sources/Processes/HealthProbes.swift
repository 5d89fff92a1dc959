import Glibc
import Keeper
public import Linux
public import Model
public import Supervision

/// Looks at processes: at their files, at their ports, and by commands. For one thread, which never waits for a look.
public final class HealthProbes {
  public struct Finding: Equatable, Sendable {
    public let name: ProcessName
    /// Of the start that was looked at.
    public let number: UInt64
    public let question: ProbeRequest.Question
    public let answer: ProbeAnswer
  }

  private enum Means {
    case connection(ConnectionAttempt, SocketAddress)
    case command(ProcessDescriptor, String)
  }

  private struct Look {
    let name: ProcessName
    let number: UInt64
    let request: ProbeRequest
    let means: Means
    let limit: Instant
  }

  private let folders: NodeFolders
  private let preparation: StartPreparation
  private let poller: Poller
  private let spawner: ProcessSpawner
  private let nowhere: CInt
  private var looks = SortedMap<CInt, Look>()
  /// Commands that were killed and are still to be reaped.
  private var dying = SortedMap<CInt, ProcessDescriptor>()

  public init(
    folders: NodeFolders, preparation: StartPreparation, poller: Poller
  ) throws(SystemError) {
    self.folders = folders
    self.preparation = preparation
    self.poller = poller
    spawner = try ProcessSpawner()
    nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC)
    guard nowhere >= 0 else { throw SystemError(errno, "open", "/dev/null") }
  }

  deinit {
    for look in looks.values { kill(look) }
    close(nowhere)
  }

  /// When ``timeout(at:)`` is due.
  public var deadline: Instant? { looks.values.map(\.limit).min() }

  public func owns(_ file: CInt) -> Bool { looks.contains(file) || dying.contains(file) }

  /// Begins a look; answers what is seen at once, and nil where it takes time.
  public func look(
    _ request: ProbeRequest, at launch: Launch, number: UInt64, node: NodeName, now: Instant
  ) -> Finding? {
    func seen(_ answer: ProbeAnswer) -> Finding {
      Finding(name: launch.name, number: number, question: request.question, answer: answer)
    }
    func wait(for file: CInt, _ means: Means) throws(SystemError) {
      try poller.add(file)
      if case .connection = means { poller.setWritable(file, true) }
      looks[file] = Look(
        name: launch.name, number: number, request: request, means: means, limit: now + request.timeout)
    }
    do {
      switch request.probe {
      case .notify: return nil
      case .file(let name): return seen(try look(at: NodeFile(launch.name, name), request.maximumAge))
      case .tcp(let address):
        let attempt = try ConnectionAttempt(host: address.host, port: address.port)
        if attempt.isOver { return seen(Self.answer(attempt, address)) }
        try wait(for: attempt.descriptor, .connection(attempt, address))
      case .command(let command):
        let start = try preparation.look(command, at: launch, number: number, node: node)
        let process = try spawner.spawn(self.request(start))
        try wait(for: process.descriptor, .command(process, command.first ?? ""))
      }
      return nil
    } catch {
      return seen(.unwell("\(error)"))
    }
  }

  private func request(_ start: ProcessStart) -> SpawnRequest {
    var request = SpawnRequest(
      executables: start.executables, arguments: start.arguments, environment: start.environment,
      output: nowhere, record: -1, recordOffset: 0)
    request.folder = start.folder
    request.account = start.account
    request.confinement = start.confinement
    request.diesWithParent = true
    return request
  }

  private func look(at file: NodeFile, _ maximumAge: Duration?) throws -> ProbeAnswer {
    guard let status = try folders.node.status(file.text), status.kind == .regular else {
      return .unwell("the file `\(file.name)` is not there")
    }
    let changed = Duration.seconds(status.modified.seconds) + .nanoseconds(status.modified.nanoseconds)
    let age = wallTime() - changed
    if let maximumAge, age > maximumAge {
      return .unwell("the file `\(file.name)` was written \(age.milliseconds) ms ago")
    }
    return .well
  }

  /// What a descriptor of ``owns(_:)`` tells now that it is ready.
  public func take(_ file: CInt) -> Finding? {
    if let process = dying[file] {
      poller.remove(file)
      dying[file] = nil
      _ = process.reap()
      return nil
    }
    guard let look = looks[file] else { return nil }
    // What a command left behind goes too, while its number is surely its own.
    kill(look)
    poller.remove(file)
    looks[file] = nil
    switch look.means {
    case .connection(let attempt, let address): return finding(look, Self.answer(attempt, address))
    case .command(let process, let name): return finding(look, Self.answer(process.reap(), name))
    }
  }

  /// Gives up looks that take too long.
  public func timeout(at now: Instant) -> [Finding] {
    looks.filter { $1.limit <= now }.map { file, look in
      kill(look)
      looks[file] = nil
      let subject: String
      switch look.means {
      case .connection(_, let address):
        poller.remove(file)
        subject = "\(address)"
      case .command(let process, let name):
        dying[file] = process
        subject = "`\(name)`"
      }
      let limit = look.request.timeout.milliseconds
      return finding(look, .unwell("\(subject) does not answer within \(limit) ms"))
    }
  }

  private func kill(_ look: Look) {
    if case .command(let process, _) = look.means { Glibc.kill(-process.pid, SIGKILL) }
  }

  private func finding(_ look: Look, _ answer: ProbeAnswer) -> Finding {
    Finding(name: look.name, number: look.number, question: look.request.question, answer: answer)
  }

  private static func answer(_ attempt: ConnectionAttempt, _ address: SocketAddress) -> ProbeAnswer {
    attempt.refusal.map { .unwell("\(address): \($0)") } ?? .well
  }

  private static func answer(_ end: ProcessDescriptor.End, _ name: String) -> ProbeAnswer {
    switch end {
    case .exited(code: 0): .well
    case .exited(let code): .unwell("`\(name)` exits with \(code)")
    case .signalled(let signal): .unwell("`\(name)` is killed by signal \(signal)")
    case .unknown: .unwell("nobody knows how `\(name)` ended")
    }
  }
}
