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

  private struct Look {
    let name: ProcessName
    let number: UInt64
    let question: ProbeRequest.Question

    func finding(_ answer: ProbeAnswer) -> Finding {
      Finding(name: name, number: number, question: question, answer: answer)
    }
  }

  private struct Connection {
    let look: Look
    let attempt: ConnectionAttempt
    let address: SocketAddress
    let timeout: Duration
    let limit: Instant

    var answer: ProbeAnswer { attempt.refusal.map { .unwell("\(address): \($0)") } ?? .well }
  }

  private static let clockDifference = Duration.seconds(1)

  private let folders: NodeFolders
  private let preparation: StartPreparation
  private let poller: Poller
  private let commands: BoundedCommands<Look>
  private var connections = SortedMap<CInt, Connection>()

  public init(
    folders: NodeFolders, preparation: StartPreparation, poller: Poller
  ) throws(SystemError) {
    self.folders = folders
    self.preparation = preparation
    self.poller = poller
    commands = try BoundedCommands("look", poller: poller)
  }

  /// Where commands get control groups; nil: they have none.
  public var controlGroups: ControlGroupFolder? {
    get { commands.controlGroups }
    set { commands.controlGroups = newValue }
  }

  /// When ``timeout(at:)`` is due.
  public var deadline: Instant? {
    (connections.values.map(\.limit) + [commands.deadline].compactMap { $0 }).min()
  }

  public func owns(_ file: CInt) -> Bool { connections.contains(file) || commands.owns(file) }

  /// Begins a look; answers what is seen at once, and nil where it takes time.
  public func look(
    _ request: ProbeRequest, at launch: Launch, number: UInt64, node: NodeName, now: Instant
  ) -> Finding? {
    let look = Look(name: launch.name, number: number, question: request.question)
    do {
      switch request.probe {
      case .notify: return nil
      case .file(let name):
        return look.finding(try see(NodeFile(launch.name, name), request.maximumAge))
      case .tcp(let address): return try connect(to: address, look, within: request.timeout, now)
      case .command(let command):
        let start = try preparation.look(command, at: launch, number: number, node: node)
        try commands.run(Self.request(start), for: look, within: request.timeout, now: now)
        return nil
      }
    } catch StartFailure.refused(let refusal) {
      return look.finding(.refused(refusal.description))
    } catch {
      return look.finding(.unwell("\(error)"))
    }
  }

  private static func request(_ start: ProcessStart) -> SpawnRequest {
    var request = SpawnRequest(
      executables: start.executables, arguments: start.arguments, environment: start.environment)
    request.folder = start.folder
    request.account = start.account
    request.confinement = start.confinement
    return request
  }

  private func see(_ file: NodeFile, _ maximumAge: Duration?) throws -> ProbeAnswer {
    guard let status = try folders.node.status(file.text), status.kind == .regular else {
      return .unwell("the file `\(file.name)` is not there")
    }
    guard let maximumAge else { return .well }
    let age = wallTime() - status.modified.since1970
    if age > maximumAge { return .unwell("the file `\(file.name)` was written \(age.milliseconds) ms ago") }
    // What lies further ahead than clocks differ would be new for as long.
    if .zero - age > max(maximumAge, Self.clockDifference) {
      return .unwell("the file `\(file.name)` has a time that is \(-age.milliseconds) ms ahead")
    }
    return .well
  }

  private func connect(
    to address: SocketAddress, _ look: Look, within timeout: Duration, _ now: Instant
  ) throws -> Finding? {
    let attempt = try ConnectionAttempt(host: address.host, port: address.port)
    let connection = Connection(
      look: look, attempt: attempt, address: address, timeout: timeout, limit: now + timeout)
    if attempt.isOver { return look.finding(connection.answer) }
    try poller.add(attempt.descriptor)
    poller.setWritable(attempt.descriptor, true)
    connections[attempt.descriptor] = connection
    return nil
  }

  /// What a descriptor of ``owns(_:)`` tells now that it is ready.
  public func take(_ file: CInt) -> Finding? {
    guard let connection = connections[file] else { return commands.take(file).map(Self.finding) }
    forget(file)
    return connection.look.finding(connection.answer)
  }

  /// Gives up looks that take too long.
  public func timeout(at now: Instant) -> [Finding] {
    let late = connections.filter { $1.limit <= now }
    for file in late.keys { forget(file) }
    return commands.timeout(at: now).map(Self.finding)
      + late.values.map { connection in
        let limit = connection.timeout.milliseconds
        return connection.look.finding(.unwell("\(connection.address) does not answer within \(limit) ms"))
      }
  }

  private func forget(_ file: CInt) {
    poller.remove(file)
    connections[file] = nil
  }

  private static func finding(_ found: BoundedCommands<Look>.Finding) -> Finding {
    switch found.outcome {
    case .succeeded: found.subject.finding(.well)
    case .failed(let reason, let said):
      found.subject.finding(.unwell(said.isEmpty ? reason : "\(reason): \(said)"))
    }
  }
}
