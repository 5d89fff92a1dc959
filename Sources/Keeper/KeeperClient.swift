import Glibc
public import Linux
public import Model
public import Supervision

/// An agent's connection to its keeper, which it starts if there is none. For one thread.
public final class KeeperClient {
  /// A keeper answers at once; one that does not within this time is stuck.
  private static let patience = Duration.seconds(20)

  /// What the agent knows of the last start of a process.
  private struct Known {
    var number: UInt64
    var isEnded = false
  }

  public let welcome: KeeperWelcome
  /// What came right behind the welcome.
  private var early: [KeeperAnswer]
  private let stream: FrameStream
  private let poller: Poller
  /// Whether the keeper takes no more at the moment.
  private var isWaiting = false
  private var known = SortedMap<ProcessName, Known>()

  /// Connects to the keeper of a state folder, and waits for what it has.
  ///
  /// - Parameter program: what is executed as a keeper; nil: this program.
  public init(_ folders: KeeperFolders, program: String?, poller: Poller) throws(SystemError) {
    self.poller = poller
    let found = try LocalSocket.connect(KeeperFolders.socket, in: folders.state).map(FrameStream.init)
    // One that has nothing to keep may end at this very moment.
    if let found, let greeting = try Self.greet(found, folders) {
      stream = found
      (welcome, early) = greeting
    } else {
      stream = FrameStream(owning: try Keeper.start(program, folders))
      guard let greeting = try Self.greet(stream, folders) else {
        throw SystemError(
          ECONNRESET, "reach the keeper of", folders.state.path,
          detail: "it ended at once; \(folders.log.path)/\(Keeper.name).log says why")
      }
      (welcome, early) = greeting
    }
    for process in welcome.processes {
      var entry = Known(number: process.number)
      if case .running = process.state {} else { entry.isEnded = true }
      known[process.name] = entry
    }
    try poller.add(stream.descriptor)
  }

  /// Says hello and waits for the answer; nil if the keeper has ended.
  private static func greet(
    _ stream: FrameStream, _ folders: KeeperFolders
  ) throws(SystemError) -> (KeeperWelcome, later: [KeeperAnswer])? {
    stream.send(KeeperRequest.hello(version: KeeperServer.version).bytes)
    let limit = monotonicTime() + patience
    while !stream.isClosed {
      stream.flush()
      let answers = stream.receive().compactMap { try? KeeperAnswer($0) }
      for (number, answer) in answers.enumerated() {
        if case .welcome(let welcome) = answer { return (welcome, Array(answers[(number + 1)...])) }
      }
      let left = limit - monotonicTime()
      guard left > .zero else {
        throw SystemError(
          ETIMEDOUT, "reach the keeper of", folders.state.path,
          detail: "it does not answer; is it stopped? Its number stands in \(KeeperFolders.lock)")
      }
      var poll = pollfd(fd: stream.descriptor, events: Int16(POLLIN), revents: 0)
      Glibc.poll(&poll, 1, 100)
    }
    return nil
  }

  public var descriptor: CInt { stream.descriptor }

  /// The keeper has died; another one has to be reached.
  public var isClosed: Bool { stream.isClosed }

  public func start(_ start: ProcessStart) {
    known[start.name] = Known(number: start.number)
    send(.start(start))
  }

  /// Goes out with the next request, or with ``flush()``.
  public func order(_ name: ProcessName, _ order: StandingOrder?) {
    stream.send(KeeperRequest.order(name, order).bytes)
  }

  public func signal(_ name: ProcessName, _ signal: Signal, number: UInt64 = 0) {
    send(.signal(name, signal, number: number, toSession: false))
  }
  public func signalSession(_ name: ProcessName, _ signal: Signal, number: UInt64 = 0) {
    send(.signal(name, signal, number: number, toSession: true))
  }

  /// The end of the last start was recorded.
  public func settle(_ name: ProcessName) {
    if let number = known[name]?.number { send(.settle(name, number: number)) }
  }

  /// The ends of these starts were.
  public func settle(_ ends: [UnsettledEnd]) {
    if ends.isEmpty { return }
    for end in ends { stream.send(KeeperRequest.settle(end.name, number: end.number).bytes) }
    flush()
  }

  public func forget(_ name: ProcessName) {
    known[name] = nil
    send(.forget(name))
  }

  /// What it has to do when the lease runs out, and until when it has time. After an isolation the processes of the
  /// plan are this agent's to start again.
  ///
  /// - Parameter commands: what is run for processes then, prepared.
  public func plan(_ plan: IsolationPlan, running commands: [ProcessStart] = []) {
    send(.isolation(plan, running: commands))
  }
  public func lease(until time: Duration) { send(.lease(until: time)) }

  private func send(_ request: KeeperRequest) {
    stream.send(request.bytes)
    flush()
  }

  public func flush() {
    stream.flush()
    guard stream.hasPending != isWaiting else { return }
    isWaiting = stream.hasPending
    poller.setWritable(stream.descriptor, isWaiting)
  }

  /// What the keeper tells: to be asked once at first, since something may have come with the welcome, and whenever
  /// ``descriptor`` is readable or writable.
  public func answers() -> [KeeperAnswer] {
    let answers = early + stream.receive().compactMap { try? KeeperAnswer($0) }
    early = []
    flush()
    for answer in answers { note(answer) }
    return answers
  }

  private func note(_ answer: KeeperAnswer) {
    switch answer {
    case .notStarted(let name, let number, _): if known[name]?.number == number { known[name]?.isEnded = true }
    case .ended(let end): if known[end.name]?.number == end.number { known[end.name]?.isEnded = true }
    case .restarted(let process): known[process.name] = Known(number: process.number)
    case .welcome, .started, .notice, .fenced, .problem: break
    }
  }

  /// Of a keeper that has died, what `successor` makes of what was asked of it: starts that came through,
  /// and ends that nobody saw.
  ///
  /// - Parameter now: by CLOCK_MONOTONIC.
  public func missed(by successor: KeeperClient, at now: Instant) -> [KeeperAnswer] {
    let kept = SortedMap(successor.welcome.processes.map { ($0.name, $0) })
    return known.filter { !$1.isEnded }.flatMap { name, entry -> [KeeperAnswer] in
      let last = kept[name]
      if let last, last.number == entry.number + 1 {
        // It was started again by its order.
        let before = UnsettledEnd(name: name, number: entry.number, end: .unknown)
        let ended = successor.welcome.ended.first { $0.name == name && $0.number == entry.number } ?? before
        return [.restarted(RestartedProcess(ended: ended, pid: last.pid ?? 0, at: now))]
          + (last.unsettledEnd.map { [.ended($0)] } ?? [])
      }
      guard let last, last.number == entry.number else {
        return [.notStarted(name, number: entry.number, "the keeper died before the process was started")]
      }
      return [
        last.unsettledEnd.map { .ended($0) } ?? .started(name, number: entry.number, pid: last.pid ?? 0)
      ]
    }
  }
}

extension KeptProcess {
  fileprivate var unsettledEnd: UnsettledEnd? {
    end.map { UnsettledEnd(name: name, number: number, end: $0, wasStopped: wasStopped) }
  }
}
