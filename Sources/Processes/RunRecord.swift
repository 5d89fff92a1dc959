import Linux
import Model

/// What stands in `run/PROC`: the intent to start a process, completed by the child itself with its pid and start time
/// while it cannot outlive the agent yet, and by the agent with how it ended.
///
///     dmake-process 1
///     boot 6d3c…          the run of the machine
///     launch 81fe…        the digest of what was executed
///     starts 12
///     12345 6789012       pid and start time, written by the child
///     exit 0              its end, once it was reported
///
/// A record that ends after `starts` is an intent: nothing runs, because a child without pid in its record dies with
/// the agent.
struct RunRecord: Equatable {
  var boot: String
  var launch: Digest
  var starts: UInt64
  var identity: ProcessIdentity?
  var end: ProcessEnd?

  static let header = "dmake-process 1"
  static let sizeLimitBytes = 4096

  /// Without the pid, which the child appends.
  var intent: [UInt8] { Array("\(Self.header)\nboot \(boot)\nlaunch \(launch.hex)\nstarts \(starts)\n".utf8) }

  var bytes: [UInt8] {
    var text = intent
    if let identity { text += Array("\(identity.pid) \(identity.startTime)\n".utf8) }
    if let end { text += Array("\(Self.text(end))\n".utf8) }
    return text
  }

  init(boot: String, launch: Digest, starts: UInt64, identity: ProcessIdentity? = nil, end: ProcessEnd? = nil) {
    self.boot = boot
    self.launch = launch
    self.starts = starts
    self.identity = identity
    self.end = end
  }

  /// Nil where it is damaged.
  init?(_ bytes: [UInt8]) {
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { $0.split(separator: " ") }
    guard lines.count >= 4, lines[0].joined(separator: " ") == Self.header,
      lines[1...3].allSatisfy({ $0.count == 2 }), let launch = Digest(hex: lines[2][1]),
      let starts = UInt64(lines[3][1])
    else { return nil }
    self.init(boot: String(lines[1][1]), launch: launch, starts: starts)
    for line in lines[4...] {
      if line.count == 2, let pid = Int32(line[0]), let startTime = UInt64(line[1]) {
        identity = ProcessIdentity(pid: pid, startTime: startTime)
      } else {
        end = Self.end(line)
      }
    }
  }

  private static func text(_ end: ProcessEnd) -> String {
    switch end {
    case .exited(let code): "exit \(code)"
    case .signalled(let signal): "signal \(signal)"
    case .unknown: "unknown"
    case .notStarted: "not-started"
    }
  }

  private static func end(_ words: [Substring]) -> ProcessEnd? {
    let number = words.count > 1 ? Int32(words[1]) : nil
    return switch (words.first, number) {
    case ("exit", .some(let code)): .exited(code: code)
    case ("signal", .some(let signal)): .signalled(signal)
    case ("not-started", _): .notStarted("it could not be started before the agent was")
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
