import Glibc
public import Linux
public import Model
public import Supervision

/// Runs the commands of a node's probes and takes what they print. For one thread, which never waits for one.
public final class NodeProbeCommands {
  /// More is no state but a mistake, or an attack.
  public static let sizeLimitBytes = 64 << 10

  public enum Outcome: Equatable, Sendable {
    case printed([UInt8])
    case failed(String)
  }

  public struct Finding: Equatable, Sendable {
    public let probe: NodeProbe
    public let outcome: Outcome
  }

  private final class Run {
    let probe: NodeProbe
    let process: ProcessDescriptor
    /// The reading end of its output.
    let output: CInt
    let limit: Instant
    var text: [UInt8] = []
    var isTooLong: Bool { text.count > NodeProbeCommands.sizeLimitBytes }

    init(_ probe: NodeProbe, _ process: ProcessDescriptor, _ output: CInt, limit: Instant) {
      self.probe = probe
      self.process = process
      self.output = output
      self.limit = limit
    }

    deinit { close(output) }

    /// With all that it started and that did not leave its group of processes.
    func kill() { Glibc.kill(-process.pid, SIGKILL) }

    /// Takes what is there; false at the end of it.
    func drain() -> Bool {
      var room = [UInt8](repeating: 0, count: 16 << 10)
      while !isTooLong {
        let count = read(output, &room, room.count)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return count < 0 && errno == EAGAIN }
        text += room[..<count]
      }
      return false
    }
  }

  private let folders: NodeFolders
  private let preparation: StartPreparation
  private let poller: Poller
  private let spawner: ProcessSpawner
  private let nowhere: CInt
  /// By the descriptors of their processes.
  private var runs = SortedMap<CInt, Run>()
  /// The descriptors of their processes by those of their output.
  private var outputs = SortedMap<CInt, CInt>()
  /// Were killed and are still to be reaped.
  private var dying = SortedMap<CInt, ProcessDescriptor>()

  public init(folders: NodeFolders, preparation: StartPreparation, poller: Poller) throws(SystemError) {
    self.folders = folders
    self.preparation = preparation
    self.poller = poller
    spawner = try ProcessSpawner()
    nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC)
    guard nowhere >= 0 else { throw SystemError(errno, "open", "/dev/null") }
  }

  deinit {
    for run in runs.values { run.kill() }
    close(nowhere)
  }

  /// When ``timeout(at:)`` is due.
  public var deadline: Instant? { runs.values.map(\.limit).min() }

  public func owns(_ file: CInt) -> Bool {
    runs.contains(file) || outputs.contains(file) || dying.contains(file)
  }

  /// Begins a run; answers what is known at once, and nil where it takes time.
  public func run(_ probe: NodeProbe, node: NodeName, now: Instant) -> Finding? {
    do {
      let run = try begin(probe, node, now)
      runs[run.process.descriptor] = run
      outputs[run.output] = run.process.descriptor
      try poller.add(run.process.descriptor)
      try poller.add(run.output)
      return nil
    } catch {
      return Finding(probe: probe, outcome: .failed("\(error)"))
    }
  }

  private func begin(_ probe: NodeProbe, _ node: NodeName, _ now: Instant) throws -> Run {
    let executable = try preparation.permitted(probe.command.first ?? "")
    let (reading, writing) = try OutputPipe.make()
    defer { close(writing) }
    var request = SpawnRequest(
      executables: [executable], arguments: probe.command,
      environment: [
        "PATH=\(StartPreparation.standardPath)", "DMAKE_NODE=\(node)", "DMAKE_PROBE=\(probe.name)",
      ], output: writing, record: -1, recordOffset: 0)
    request.errors = nowhere
    request.folder = folders.path
    request.diesWithParent = true
    do {
      return Run(probe, try spawner.spawn(request), reading, limit: now + probe.timeout)
    } catch {
      close(reading)
      throw error
    }
  }

  /// What a descriptor of ``owns(_:)`` tells now that it is ready.
  public func take(_ file: CInt) -> Finding? {
    if let process = dying[file] {
      poller.remove(file)
      dying[file] = nil
      _ = process.reap()
      return nil
    }
    if let key = outputs[file], let run = runs[key] {
      if run.drain() { return nil }
      // Its end will tell the rest, unless it prints for ever.
      guard run.isTooLong else {
        poller.remove(file)
        outputs[file] = nil
        return nil
      }
      return giveUp(key, run, "prints more than \(Self.sizeLimitBytes) bytes")
    }
    guard let run = runs[file] else { return nil }
    // What it left behind goes too, while its number is surely its own.
    run.kill()
    _ = run.drain()
    forget(file, run)
    poller.remove(file)
    let name = run.probe.command.first ?? ""
    let end = run.process.reap()
    if run.isTooLong { return failure(run, "`\(name)` prints more than \(Self.sizeLimitBytes) bytes") }
    return switch end {
    case .exited(code: 0): Finding(probe: run.probe, outcome: .printed(run.text))
    case .exited(let code): failure(run, "`\(name)` exits with \(code)")
    case .signalled(let signal): failure(run, "`\(name)` is killed by signal \(signal)")
    case .unknown: failure(run, "nobody knows how `\(name)` ended")
    }
  }

  /// Gives up runs that take too long.
  public func timeout(at now: Instant) -> [Finding] {
    runs.filter { $1.limit <= now }.map { file, run in
      giveUp(file, run, "does not end within \(run.probe.timeout.milliseconds) ms")
    }
  }

  private func giveUp(_ file: CInt, _ run: Run, _ reason: String) -> Finding {
    run.kill()
    forget(file, run)
    dying[file] = run.process
    return failure(run, "`\(run.probe.command.first ?? "")` \(reason)")
  }

  private func forget(_ file: CInt, _ run: Run) {
    if outputs[run.output] != nil { poller.remove(run.output) }
    outputs[run.output] = nil
    runs[file] = nil
  }

  private func failure(_ run: Run, _ reason: String) -> Finding {
    Finding(probe: run.probe, outcome: .failed(reason))
  }
}
