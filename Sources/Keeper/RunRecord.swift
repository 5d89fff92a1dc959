import Glibc
import Linux
import Model

/// What stands in `run/PROC`: the intent to start a process, completed by the child itself with its pid and start time
/// while it cannot outlive the keeper yet, and by the keeper with how it ended and whether an agent knows.
///
///     dmake-process 1
///     boot 6d3c…          the run of the machine
///     launch 81fe…        the digest of what was executed
///     starts 12
///     group /sys/fs/…     its control group, where it has one
///     bound               it dies with its keeper
///     before 11 exit 0    how the start before ended, where no agent had recorded that
///     12345 6789012       pid and start time, written by the child
///     ready               it has said so
///     stopping            it was asked to stop, or ended with its keeper or the machine
///     exit 0              its end
///     settled             an agent has recorded its end
///     settled-before      and that of the start before
///
/// Empty lines mean nothing. A record that ends before the pid is an intent: nothing runs, because a child without pid
/// in its record dies with the keeper.
struct RunRecord: Equatable {
  let boot: String
  let launch: Digest
  /// Of the start.
  let number: UInt64
  /// The path of its control group.
  var group: String?
  /// How the start before ended, as long as no agent has recorded that.
  var before: NumberedEnd?
  var identity: ProcessIdentity?
  var end: ProcessEnd?
  var isSettled = false
  var isReady = false
  /// Whether it dies with its keeper.
  var isBound = false
  /// Whether it was asked to stop, or ended with its keeper or the machine.
  var isStopping = false

  static let header = "dmake-process 1"
  static let sizeLimitBytes = 4096
  static let settledLine = "settled\n"
  static let settledBeforeLine = "settled-before\n"
  static let readyLine = "ready\n"
  static let stoppingLine = "stopping\n"

  /// Without the pid, which the child appends.
  var intent: [UInt8] {
    let group = group.map { "group \($0)\n" } ?? ""
    let bound = isBound ? "bound\n" : ""
    let before = before.map { "before \($0.number) \(Self.line($0.end))" } ?? ""
    return Array(
      "\(Self.header)\nboot \(boot)\nlaunch \(launch.hex)\nstarts \(number)\n\(group)\(bound)\(before)".utf8)
  }

  /// The end of the start, where no agent has recorded it.
  var unsettledEnd: NumberedEnd? {
    guard let end, !isSettled else { return nil }
    return NumberedEnd(number: number, end: end)
  }

  struct NumberedEnd: Equatable {
    let number: UInt64
    let end: ProcessEnd
  }

  init(boot: String, launch: Digest, number: UInt64, group: String? = nil, before: NumberedEnd? = nil) {
    self.group = group
    self.before = before
    self.boot = boot
    self.launch = launch
    self.number = number
  }

  /// Nil where it is damaged.
  init?(_ bytes: [UInt8]) {
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { $0.split(separator: " ") }
    guard lines.count >= 4, lines[0].joined(separator: " ") == Self.header,
      lines[1...3].allSatisfy({ $0.count == 2 }), let launch = Digest(hex: lines[2][1]),
      let number = UInt64(lines[3][1])
    else { return nil }
    self.init(boot: String(lines[1][1]), launch: launch, number: number)
    for line in lines[4...] {
      if line.count == 2, let pid = Int32(line[0]), let startTime = UInt64(line[1]) {
        identity = ProcessIdentity(pid: pid, startTime: startTime)
      } else if line.count > 1, line[0] == "group" {
        group = line[1...].joined(separator: " ")
      } else if line.count > 2, line[0] == "before", let number = UInt64(line[1]),
        let end = Self.end(Array(line[2...]))
      {
        before = NumberedEnd(number: number, end: end)
      } else if line == ["settled-before"] {
        before = nil
      } else if line == ["settled"] {
        isSettled = true
      } else if line == ["ready"] {
        isReady = true
      } else if line == ["bound"] {
        isBound = true
      } else if line == ["stopping"] {
        isStopping = true
      } else {
        end = Self.end(line)
      }
    }
  }

  static func line(_ end: ProcessEnd) -> String { "\(text(end))\n" }

  private static func text(_ end: ProcessEnd) -> String {
    switch end {
    case .exited(let code): "exit \(code)"
    case .signalled(let signal): "signal \(signal)"
    case .outOfMemory: "out-of-memory"
    case .unknown, .unhealthy: "unknown"
    case .notStarted: "not-started"
    }
  }

  private static func end(_ words: [Substring]) -> ProcessEnd? {
    let number = words.count > 1 ? Int32(words[1]) : nil
    return switch (words.first, number) {
    case ("exit", .some(let code)): .exited(code: code)
    case ("signal", .some(let signal)): .signalled(signal)
    case ("not-started", _): .notStarted("it could not be started")
    case ("out-of-memory", _): .outOfMemory
    case ("unknown", _): .unknown
    default: nil
    }
  }
}

extension Digest {
  /// From its hexadecimal digits.
  package init?(hex: some StringProtocol) {
    let digits = hex.utf8.map { Character(UnicodeScalar($0)).hexDigitValue }
    guard digits.count == Self.byteCount * 2 else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let high = digits[index], let low = digits[index + 1] else { return nil }
      bytes.append(UInt8(high * 16 + low))
    }
    self.init(bytes: bytes)
  }
}

/// The file of a record, open from start to start: it is written anew for each, and then a line at a time.
final class RecordFile {
  let descriptor: CInt
  private(set) var content: RunRecord?
  private let path: String
  /// Where the next line goes, and how large the file is: empty lines may stand between the two.
  private var length = 0
  private var size = 0

  init(_ name: ProcessName, in folder: Directory) throws(SystemError) {
    path = "\(folder.path)/\(name)"
    descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw SystemError(errno, "open the record", path) }
    var bytes = [UInt8](repeating: 0, count: RunRecord.sizeLimitBytes)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    guard count > 0 else { return }
    size = count
    length = (bytes[..<count].lastIndex { $0 != UInt8(ascii: "\n") } ?? -1) + 2
    content = RunRecord(Array(bytes[..<count]))
  }

  deinit { close(descriptor) }

  /// Writes that a process is about to be started; answers where the child writes its pid.
  ///
  /// In one write over what stands there, with empty lines behind it: the file never shrinks, so a full disk does not
  /// keep a process from being started again.
  func intend(_ record: RunRecord) throws(SystemError) -> Int {
    let intent = record.intent
    let bytes = intent + [UInt8](repeating: UInt8(ascii: "\n"), count: max(0, size - intent.count))
    guard pwrite(descriptor, bytes, bytes.count, 0) == bytes.count else {
      let code = errno
      throw SystemError(code, "write the record", path)
    }
    content = record
    size = bytes.count
    length = intent.count
    return length
  }

  /// The child has written its pid and start time, in one line.
  func isRunning() {
    var line = [UInt8](repeating: 0, count: 64)
    let count = pread(descriptor, &line, line.count, off_t(length))
    guard let end = line.prefix(max(0, count)).firstIndex(of: UInt8(ascii: "\n")) else { return }
    length += end + 1
    size = max(size, length)
    let words = String(decoding: line[..<end], as: UTF8.self).split(separator: " ")
    guard words.count == 2, let pid = Int32(words[0]), let startTime = UInt64(words[1]) else { return }
    content?.identity = ProcessIdentity(pid: pid, startTime: startTime)
  }

  func ended(_ end: ProcessEnd) {
    content?.end = end
    append(Array(RunRecord.line(end).utf8))
  }

  func settle() {
    guard let record = content, record.end != nil, !record.isSettled else { return }
    content?.isSettled = true
    append(Array(RunRecord.settledLine.utf8))
  }

  func settleBefore() {
    guard content?.before != nil else { return }
    content?.before = nil
    append(Array(RunRecord.settledBeforeLine.utf8))
  }

  /// Answers whether that is news.
  func becomesReady() -> Bool {
    guard let record = content, record.end == nil, !record.isReady else { return false }
    content?.isReady = true
    append(Array(RunRecord.readyLine.utf8))
    return true
  }

  /// It ended and nobody saw how; by itself, unless it died with its keeper or the machine.
  func wasMissed(withMachine: Bool) {
    if withMachine || content?.isBound == true { stops() }
    ended(.unknown)
  }

  /// Before the first signal that asks for it, or where what it dies with has ended.
  func stops() {
    guard let record = content, record.end == nil, !record.isStopping else { return }
    content?.isStopping = true
    append(Array(RunRecord.stoppingLine.utf8))
  }

  func remove() { unlink(path) }

  @discardableResult
  private func append(_ bytes: [UInt8]) -> Bool {
    guard pwrite(descriptor, bytes, bytes.count, off_t(length)) == bytes.count else { return false }
    length += bytes.count
    size = max(size, length)
    return true
  }
}
