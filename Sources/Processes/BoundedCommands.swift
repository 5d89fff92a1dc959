import Glibc
import Linux
import Model

/// Runs commands in bounded time, and takes what they print, within bounds too, where somebody wants it. For one
/// thread, which never waits for one.
final class BoundedCommands<Subject> {
  enum Outcome: Equatable {
    /// It ended with code 0.
    case succeeded(output: [UInt8])
    /// Why not, in a sentence.
    case failed(String)
  }

  typealias Finding = (subject: Subject, outcome: Outcome)

  private final class Run {
    let subject: Subject
    let name: String
    let process: ProcessDescriptor
    /// The reading end of its output; -1: nobody takes it.
    let output: CInt
    let timeout: Duration
    let limit: Instant
    var text: [UInt8] = []

    init(
      _ subject: Subject, _ name: String, _ process: ProcessDescriptor, _ output: CInt, _ timeout: Duration,
      from now: Instant
    ) {
      self.subject = subject
      self.name = name
      self.process = process
      self.output = output
      self.timeout = timeout
      limit = now + timeout
    }

    deinit { if output >= 0 { close(output) } }

    /// With all that it started and that did not leave its group of processes.
    func kill() { Glibc.kill(-process.pid, SIGKILL) }

    /// Takes what is there; false at the end of it, or where it is too much.
    func drain(limitBytes: Int) -> Bool {
      var room = [UInt8](repeating: 0, count: 16 << 10)
      while text.count <= limitBytes {
        let count = read(output, &room, room.count)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return count < 0 && errno == EAGAIN }
        text += room[..<count]
      }
      return false
    }
  }

  private let poller: Poller
  private let spawner: ProcessSpawner
  private let nowhere: CInt
  private let outputLimitBytes: Int?
  /// By the descriptors of their processes.
  private var runs = SortedMap<CInt, Run>()
  /// The descriptors of their processes by those of their output.
  private var outputs = SortedMap<CInt, CInt>()
  /// Were killed and are still to be reaped.
  private var dying = SortedMap<CInt, ProcessDescriptor>()

  /// - Parameter outputLimitBytes: more must none print; nil: what they print goes nowhere.
  init(poller: Poller, outputLimitBytes: Int? = nil) throws(SystemError) {
    self.poller = poller
    self.outputLimitBytes = outputLimitBytes
    spawner = try ProcessSpawner()
    nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC)
    guard nowhere >= 0 else { throw SystemError(errno, "open", "/dev/null") }
  }

  deinit {
    for run in runs.values { run.kill() }
    close(nowhere)
  }

  /// When ``timeout(at:)`` is due.
  var deadline: Instant? { runs.values.map(\.limit).min() }

  func owns(_ file: CInt) -> Bool { runs.contains(file) || outputs.contains(file) || dying.contains(file) }

  /// Begins a run, whose finding comes from ``take(_:)`` or ``timeout(at:)``.
  ///
  /// - Parameter request: where its output goes is decided here.
  func run(_ request: SpawnRequest, for subject: Subject, within timeout: Duration, now: Instant) throws {
    var request = request
    request.diesWithParent = true
    let pipe = outputLimitBytes == nil ? nil : try OutputPipe.make()
    defer { if let pipe { close(pipe.writing) } }
    request.output = pipe?.writing ?? nowhere
    request.errors = nowhere
    let process: ProcessDescriptor
    do { process = try spawner.spawn(request) } catch {
      if let pipe { close(pipe.reading) }
      throw error
    }
    let run = Run(subject, request.arguments.first ?? "", process, pipe?.reading ?? -1, timeout, from: now)
    runs[process.descriptor] = run
    try poller.add(process.descriptor)
    guard let pipe else { return }
    outputs[pipe.reading] = process.descriptor
    try poller.add(pipe.reading)
  }

  /// What a descriptor of ``owns(_:)`` tells now that it is ready.
  func take(_ file: CInt) -> Finding? {
    if let process = dying[file] {
      poller.remove(file)
      dying[file] = nil
      _ = process.reap()
      return nil
    }
    if let key = outputs[file], let run = runs[key] { return takeOutput(of: run, key) }
    guard let run = runs[file] else { return nil }
    // What it left behind goes too, while its number is surely its own.
    run.kill()
    if let outputLimitBytes { _ = run.drain(limitBytes: outputLimitBytes) }
    forget(file, run)
    poller.remove(file)
    return (run.subject, isTooLong(run) ? tooLong(run) : outcome(of: run, run.process.reap() ?? .unknown))
  }

  private func takeOutput(of run: Run, _ key: CInt) -> Finding? {
    if run.drain(limitBytes: outputLimitBytes ?? 0) { return nil }
    if isTooLong(run) { return giveUp(key, run, tooLong(run)) }
    // Its end tells the rest.
    poller.remove(run.output)
    outputs[run.output] = nil
    return nil
  }

  /// Gives up runs that take too long.
  func timeout(at now: Instant) -> [Finding] {
    runs.filter { $1.limit <= now }.map { file, run in
      giveUp(file, run, .failed("`\(run.name)` does not end within \(run.timeout.milliseconds) ms"))
    }
  }

  private func giveUp(_ file: CInt, _ run: Run, _ outcome: Outcome) -> Finding {
    run.kill()
    forget(file, run)
    dying[file] = run.process
    return (run.subject, outcome)
  }

  private func forget(_ file: CInt, _ run: Run) {
    if outputs[run.output] != nil { poller.remove(run.output) }
    outputs[run.output] = nil
    runs[file] = nil
  }

  private func isTooLong(_ run: Run) -> Bool { outputLimitBytes.map { run.text.count > $0 } ?? false }

  private func tooLong(_ run: Run) -> Outcome {
    .failed("`\(run.name)` prints more than \(outputLimitBytes ?? 0) bytes")
  }

  private func outcome(of run: Run, _ end: ProcessDescriptor.End) -> Outcome {
    switch end {
    case .exited(code: 0): .succeeded(output: run.text)
    case .exited(let code): .failed("`\(run.name)` exits with \(code)")
    case .signalled(let signal): .failed("`\(run.name)` is killed by signal \(signal)")
    case .unknown: .failed("nobody knows how `\(run.name)` ended")
    }
  }
}
