import GroupProtocol
import Model
import Supervision

/// An account as words of a line of the agent's record. What is as it is without an account is left out.
extension ProcessAccount {
  var words: [String] {
    var words = ["start=\(start)", "since=\(since.milliseconds)"]
    if let lastEnd { words.append("end=\(lastEnd.words.joined(separator: ":"))") }
    if hasGivenUp { words.append("gave-up=yes") }
    if failures > 0 { words.append("failures=\(failures)") }
    if !restarts.isEmpty {
      words.append("restarts=\(restarts.map { "\($0.milliseconds)" }.joined(separator: ","))")
    }
    if let dueAt { words.append("due=\(dueAt.milliseconds)") }
    if owed.isRestart { words.append("owed=restart") }
    if !owed.signals.isEmpty {
      words.append("owed=\(owed.signals.map { "\($0.number)" }.joined(separator: ","))")
    }
    if let complaint { words.append("complaint=\(HexText.text(complaint))") }
    if let readySince { words.append("ready=\(readySince.milliseconds)") }
    return words
  }

  /// Nil where one of them makes no sense.
  init?(words: ArraySlice<Substring>) {
    self.init()
    for word in words {
      let parts = word.split(separator: "=", maxSplits: 1)
      guard parts.count == 2, read(parts[0], parts[1]) else { return nil }
    }
  }

  private mutating func read(_ key: Substring, _ value: Substring) -> Bool {
    switch key {
    case "start": return Self.set(&start, UInt64(value))
    case "since": return Self.set(&since, Instant(milliseconds: value))
    case "end": lastEnd = ProcessEnd(words: value.split(separator: ":")[...])
    case "gave-up": hasGivenUp = value == "yes"
    case "failures": return Self.set(&failures, Int(value))
    case "restarts": restarts = value.split(separator: ",").compactMap { Instant(milliseconds: $0) }
    case "due": dueAt = Instant(milliseconds: value)
    case "owed": return readOwed(value)
    case "complaint": complaint = HexText.read(value)
    case "ready": readySince = Instant(milliseconds: value)
    default: return false
    }
    return true
  }

  private static func set<Value>(_ place: inout Value, _ value: Value?) -> Bool {
    guard let value else { return false }
    place = value
    return true
  }

  private mutating func readOwed(_ text: Substring) -> Bool {
    if text == "restart" {
      owed.add(.restart)
      return true
    }
    let signals = text.split(separator: ",").map { Signal($0) }
    for case .some(let signal) in signals { owed.add(.signal(signal)) }
    return !signals.contains(nil)
  }
}

extension ProcessEnd {
  var words: [String] {
    switch self {
    case .exited(let code): ["exit", "\(code)"]
    case .signalled(let signal): ["signal", "\(signal)"]
    case .outOfMemory: ["out-of-memory"]
    case .unknown: ["unknown"]
    case .notStarted(let reason): ["not-started", HexText.text(reason)]
    case .unhealthy(let reason): ["unhealthy", HexText.text(reason)]
    }
  }

  init?(words: ArraySlice<Substring>) {
    let second = words.dropFirst().first
    switch (words.first, second.flatMap { Int32($0) }) {
    case ("exit", .some(let code)): self = .exited(code: code)
    case ("signal", .some(let signal)): self = .signalled(signal)
    case ("out-of-memory", _): self = .outOfMemory
    case ("unknown", _): self = .unknown
    default:
      guard let text = HexText.read(second ?? "") else { return nil }
      switch words.first {
      case "not-started": self = .notStarted(text)
      case "unhealthy": self = .unhealthy(text)
      default: return nil
      }
    }
  }
}

/// A text of any characters as one word.
private enum HexText {
  static func text(_ text: String) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: text.utf8.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  static func read(_ hex: Substring) -> String? {
    let digits = hex.utf8.map { Character(UnicodeScalar($0)).hexDigitValue }
    guard digits.count % 2 == 0, !digits.contains(nil) else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: digits.count, by: 2) {
      bytes.append(UInt8((digits[index] ?? 0) * 16 + (digits[index + 1] ?? 0)))
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension Instant {
  fileprivate var milliseconds: Int64 { sinceStart.milliseconds }

  /// Of a number in the record, which nobody may have changed to one that cannot be reckoned with.
  init?(milliseconds text: Substring) {
    guard let number = Int64(text), abs(number) < 1 << 53 else { return nil }
    self.init(sinceStart: .milliseconds(number))
  }
}
