import Glibc
import Linux
import Model

/// Runs commands in bounded time, and takes what they print, within bounds too, where somebody wants it. For one
/// thread, which never waits for one.
final class BoundedCommands<Subject> {
  enum Outcome: Equatable {
    /// It ended with code 0.
    case succeeded(output: [UInt8])
    /// Why not, in a sentence, and what it said itself.
    case failed(String, said: String)
  }

  typealias Finding = (subject: Subject, outcome: Outcome)

  /// So much of what a command says of its failure is told.
  private static var reasonLimitBytes: Int { 256 }

  private final class Run {
    let subject: Subject
    let name: String
    let process: ProcessDescriptor
    let timeout: Duration
    let limit: Instant
    /// Nil: nobody takes it.
    let output: CommandOutput?
    let errors: CommandOutput
    /// What it and all that it starts is in; nil: only its session holds it together.
    let group: ControlGroup?

    init(
      _ subject: Subject, _ name: String, _ process: ProcessDescriptor, _ group: ControlGroup?,
      output: CommandOutput?, errors: CommandOutput, within timeout: Duration, from now: Instant
    ) {
      self.subject = subject
      self.name = name
      self.process = process
      self.group = group
      self.output = output
      self.errors = errors
      self.timeout = timeout
      limit = now + timeout
    }

    var outputs: [CommandOutput] { [output, errors].compactMap { $0 } }

    /// With all that it started, while its number is surely its own.
    func kill() {
      Glibc.kill(-process.pid, SIGKILL)
      guard let group else { return ProcessIdentity.signalMembers(ofSession: process.pid, SIGKILL) }
      if group.isPopulated { group.kill() }
    }
  }

  private let poller: Poller
  private let spawner: ProcessSpawner
  private let nowhere: CInt
  private let outputLimitBytes: Int?
  private let groupPrefix: String
  /// By the descriptors of their processes.
  private var runs = SortedMap<CInt, Run>()
  /// The descriptors of their processes by those of their outputs.
  private var outputs = SortedMap<CInt, CInt>()
  /// Were killed and are still to be reaped.
  private var dying = SortedMap<CInt, ProcessDescriptor>()
  /// The groups of runs that are over, which stay until the last of what was killed in them has gone.
  private var emptying: [ControlGroup] = []
  private var count: UInt64 = 0
  /// Where each run gets a control group of its own; nil: they have none.
  var controlGroups: ControlGroupFolder? { didSet { removeGroupsOfEarlierAgent() } }

  /// - Parameters:
  ///   - purpose: what they are for, in the names of their control groups.
  ///   - outputLimitBytes: more must none print; nil: what they print goes nowhere.
  init(_ purpose: String, poller: Poller, outputLimitBytes: Int? = nil) throws(SystemError) {
    self.poller = poller
    self.outputLimitBytes = outputLimitBytes
    groupPrefix = ControlGroupFolder.commandPrefix + purpose
    spawner = try ProcessSpawner()
    nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC)
    guard nowhere >= 0 else { throw SystemError(errno, "open", "/dev/null") }
  }

  deinit {
    for run in runs.values { run.kill() }
    for group in emptying + runs.values.compactMap(\.group) { group.remove() }
    // Unless groups of processes are in it, of which their keeper knows.
    if let controlGroups { rmdir(controlGroups.path) }
    close(nowhere)
  }

  /// When ``timeout(at:)`` is due.
  var deadline: Instant? { runs.values.map(\.limit).min() }

  func owns(_ file: CInt) -> Bool { runs.contains(file) || outputs.contains(file) || dying.contains(file) }

  /// Begins a run, whose finding comes from ``take(_:)`` or ``timeout(at:)``.
  ///
  /// - Parameter request: where its output goes is decided here.
  func run(_ request: SpawnRequest, for subject: Subject, within timeout: Duration, now: Instant) throws {
    removeEmptyGroups()
    let printed = try outputLimitBytes.map { try CommandOutput(limitBytes: $0) }
    let errors = try CommandOutput(limitBytes: Self.reasonLimitBytes)
    var request = request
    request.diesWithParent = true
    request.output = printed?.writing ?? nowhere
    request.errors = errors.writing
    request.group = newGroup()
    let process: ProcessDescriptor
    do { process = try spawner.spawn(request) } catch {
      request.group?.remove()
      throw error
    }
    let run = Run(
      subject, request.arguments.first ?? "", process, request.group, output: printed, errors: errors,
      within: timeout, from: now)
    runs[process.descriptor] = run
    try poller.add(process.descriptor)
    for output in run.outputs {
      output.closeWriting()
      outputs[output.reading] = process.descriptor
      try poller.add(output.reading)
    }
  }

  /// Where none can be made the session has to do.
  private func newGroup() -> ControlGroup? {
    guard let controlGroups else { return nil }
    count += 1
    return try? ControlGroup(making: "\(controlGroups.path)/\(groupPrefix)-\(count)")
  }

  private func removeEmptyGroups() { emptying.removeAll { $0.remove() } }

  private func removeGroupsOfEarlierAgent() {
    guard let path = controlGroups?.path, let folder = try? Directory(path: path) else { return }
    for entry in (try? folder.list()) ?? [] where entry.name.hasPrefix(groupPrefix) {
      guard let group = try? ControlGroup(opening: "\(path)/\(entry.name)"),
        !runs.values.contains(where: { $0.group?.path == group.path })
      else { continue }
      group.kill()
      emptying.append(group)
    }
  }

  /// What a descriptor of ``owns(_:)`` tells now that it is ready.
  func take(_ file: CInt) -> Finding? {
    if let process = dying[file] {
      poller.remove(file)
      dying[file] = nil
      _ = process.reap()
      removeEmptyGroups()
      return nil
    }
    if let key = outputs[file], let run = runs[key] { return takeOutput(file, of: run, key) }
    guard let run = runs[file] else { return nil }
    // What it left behind goes too.
    run.kill()
    for output in run.outputs { output.takeRest() }
    forget(file, run)
    poller.remove(file)
    let end = run.process.reap() ?? .unknown
    if let group = run.group { emptying.append(group) }
    removeEmptyGroups()
    return (run.subject, isTooLong(run) ? tooLong(run) : outcome(of: run, end))
  }

  private func takeOutput(_ file: CInt, of run: Run, _ key: CInt) -> Finding? {
    guard let output = run.outputs.first(where: { $0.reading == file }) else { return nil }
    let state = output.take()
    if isTooLong(run) { return giveUp(key, run, tooLong(run)) }
    if state == .ended {
      // Its end tells the rest.
      poller.remove(file)
      outputs[file] = nil
    }
    return nil
  }

  /// Gives up runs that take too long.
  func timeout(at now: Instant) -> [Finding] {
    runs.filter { $1.limit <= now }.map { file, run in
      giveUp(
        file, run,
        .failed("`\(run.name)` does not end within \(run.timeout.milliseconds) ms", said: run.errors.words))
    }
  }

  private func giveUp(_ file: CInt, _ run: Run, _ outcome: Outcome) -> Finding {
    run.kill()
    forget(file, run)
    dying[file] = run.process
    if let group = run.group { emptying.append(group) }
    return (run.subject, outcome)
  }

  private func forget(_ file: CInt, _ run: Run) {
    for output in run.outputs where outputs[output.reading] != nil {
      poller.remove(output.reading)
      outputs[output.reading] = nil
    }
    runs[file] = nil
  }

  private func isTooLong(_ run: Run) -> Bool { run.output?.isTooLong ?? false }

  private func tooLong(_ run: Run) -> Outcome {
    .failed("`\(run.name)` prints more than \(outputLimitBytes ?? 0) bytes", said: "")
  }

  private func outcome(of run: Run, _ end: ProcessDescriptor.End) -> Outcome {
    let said = run.errors.words
    return switch end {
    case .exited(code: 0): .succeeded(output: run.output?.text ?? [])
    case .exited(let code): .failed("`\(run.name)` exits with \(code)", said: said)
    case .signalled(let signal): .failed("`\(run.name)` is killed by signal \(signal)", said: said)
    case .unknown: .failed("nobody knows how `\(run.name)` ended", said: said)
    }
  }
}
