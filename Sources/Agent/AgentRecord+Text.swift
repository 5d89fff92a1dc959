import GroupProtocol
import Model
import Processes
import Supervision

/// The agent's record as text, a line a fact, closed by a digest: a file that was cut or damaged is not believed.
extension AgentRecord {
  static let header = "dmake-agent 1"
  /// Room for the files of many processes and many unacknowledged reports.
  static let sizeLimitBytes = 64 << 20

  /// Of the configuration the digest alone: it may be large, and this is written whenever a process ended.
  var text: String {
    var lines = [
      Self.header, "node \(node)", "instance \(instance)", "incarnation \(incarnation)",
      "numbers \(sequenceLimit)", "stamp \(stamp)", "left \(hasLeft ? 1 : 0)",
    ]
    lines += files.map { "file \($0) \($1.stamp) \($1.digest?.hex ?? "removed")" }
    lines += stopped.map {
      "stopped \($0.sequence) \($0.process) \($0.time.milliseconds) \($0.end.words.joined(separator: " "))"
    }
    if isUnsettled { lines.append("unsettled") }
    lines += reported.elements.map { "reported \($0)" }
    lines += fenced.elements.map { "fenced \($0)" }
    lines += leaving.map { "leaving \($0) \($1.rawValue)" }
    lines.append("clock \(clock.boot) \(clock.wall.milliseconds) \(clock.at.sinceStart.milliseconds)")
    lines += accounts.map { "account \($0) \($1.words.joined(separator: " "))" }
    if let configuration { lines.append("configuration \(configuration.digest.hex)") }
    let body = lines.joined(separator: "\n") + "\n"
    return body + "sha256 \(Digest(of: body.utf8).hex)\n"
  }

  /// Nil where the text is damaged.
  ///
  /// - Parameter configuration: finds the one with a digest; without it the record has none.
  init?(text: String, configuration find: (Digest) -> Content?) {
    guard let mark = text.range(ofLast: "\nsha256 ") else { return nil }
    let body = text[..<mark.lowerBound] + "\n"
    let digest = text[mark.upperBound...].prefix { $0 != "\n" }
    guard Digest(of: body.utf8).hex == digest else { return nil }
    let lines = body.split(separator: "\n").map { $0.split(separator: " ") }
    guard lines.count >= 7, lines[0].joined(separator: " ") == Self.header,
      lines[1...6].allSatisfy({ $0.count == 2 }), let node = try? NodeName(String(lines[1][1])),
      let incarnation = UInt64(lines[3][1]), let limit = UInt64(lines[4][1]), let stamp = Stamp(lines[5][1])
    else { return nil }
    self.init(node: node, instance: String(lines[2][1]))
    self.incarnation = incarnation
    sequenceLimit = limit
    self.stamp = stamp
    hasLeft = lines[6][1] == "1"
    for line in lines[7...] {
      if line.first == "configuration" {
        guard line.count == 2, let digest = Digest(hex: line[1]) else { return nil }
        configuration = find(digest)
      } else if !read(line) {
        return nil
      }
    }
  }

  private mutating func read(_ line: [Substring]) -> Bool {
    switch line.first {
    case "file":
      guard line.count == 4, let file = try? NodeFile(String(line[1])), let stamp = Stamp(line[2]) else {
        return false
      }
      let digest = Digest(hex: line[3])
      guard digest != nil || line[3] == "removed" else { return false }
      files[file] = HeldFile(stamp: stamp, digest: digest)
    case "stopped":
      guard line.count >= 5, let sequence = UInt64(line[1]), let process = try? ProcessName(String(line[2])),
        let time = Int64(line[3]), let end = ProcessEnd(words: line[4...])
      else { return false }
      stopped.append(
        StoppedProcess(
          sequence: sequence, process: process, end: end, time: WallTime(milliseconds: time)))
    case "reported":
      guard line.count == 2, let file = try? NodeFile(String(line[1])) else { return false }
      reported.insert(file)
    case "fenced":
      guard line.count == 2, let process = try? ProcessName(String(line[1])) else { return false }
      fenced.insert(process)
    case "unsettled": isUnsettled = true
    case "leaving":
      guard line.count == 3, let process = try? ProcessName(String(line[1])),
        let data = DataPolicy(rawValue: String(line[2]))
      else { return false }
      leaving[process] = data
    case "clock":
      guard line.count == 4, let wall = Int64(line[2]), let at = Instant(milliseconds: line[3]) else {
        return false
      }
      clock = ClockReading(boot: String(line[1]), wall: WallTime(milliseconds: wall), at: at)
    case "account":
      guard line.count >= 2, let process = try? ProcessName(String(line[1])),
        let account = ProcessAccount(words: line[2...])
      else { return false }
      accounts[process] = account
    // Of an earlier version: a process that was given up after this start.
    case "failed":
      guard line.count == 3, let process = try? ProcessName(String(line[1])), let number = UInt64(line[2])
      else { return false }
      accounts[process] = ProcessAccount()
      accounts[process]?.start = number
      accounts[process]?.hasGivenUp = true
    default: return false
    }
    return true
  }
}

extension Stamp {
  fileprivate init?(_ text: Substring) {
    let parts = text.split(separator: ".")
    guard parts.count == 2, let epoch = UInt64(parts[0]), let index = UInt64(parts[1]) else { return nil }
    self.init(epoch: epoch, index: index)
  }
}

extension String {
  fileprivate func range(ofLast mark: String) -> Range<Index>? {
    var end = endIndex
    while let start = index(end, offsetBy: -mark.count, limitedBy: startIndex) {
      if self[start..<end] == mark { return start..<end }
      end = index(before: end)
    }
    return nil
  }
}
