import GroupProtocol
import Model
import Processes

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
      "stopped \($0.sequence) \($0.process) \($0.time.milliseconds) \(Self.words($0.end))"
    }
    lines += reported.elements.map { "reported \($0)" }
    lines += fenced.elements.map { "fenced \($0)" }
    lines += failed.map { "failed \($0) \($1)" }
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
        let time = Int64(line[3]), let end = Self.end(line[4...])
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
    case "failed":
      guard line.count == 3, let process = try? ProcessName(String(line[1])), let number = UInt64(line[2])
      else {
        return false
      }
      failed[process] = number
    default: return false
    }
    return true
  }

  private static func words(_ end: ProcessEnd) -> String {
    switch end {
    case .exited(let code): "exit \(code)"
    case .signalled(let signal): "signal \(signal)"
    case .outOfMemory: "out-of-memory"
    case .unknown: "unknown"
    case .notStarted(let reason): "not-started \(hex(Array(reason.utf8)))"
    case .unhealthy(let reason): "unhealthy \(hex(Array(reason.utf8)))"
    }
  }

  private static func end(_ words: ArraySlice<Substring>) -> ProcessEnd? {
    let second = words.dropFirst().first
    switch words.first {
    case "exit": return second.flatMap { Int32($0) }.map { .exited(code: $0) }
    case "signal": return second.flatMap { Int32($0) }.map { .signalled($0) }
    case "out-of-memory": return .outOfMemory
    case "unknown": return .unknown
    case "unhealthy": return bytes(second ?? "").map { .unhealthy(String(decoding: $0, as: UTF8.self)) }
    case "not-started": return bytes(second ?? "").map { .notStarted(String(decoding: $0, as: UTF8.self)) }
    default: return nil
    }
  }

  private static func hex(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  private static func bytes(_ hex: Substring) -> [UInt8]? {
    let digits = hex.utf8.map { Character(UnicodeScalar($0)).hexDigitValue }
    guard digits.count % 2 == 0, !digits.contains(nil) else { return nil }
    return stride(from: 0, to: digits.count, by: 2).map {
      UInt8((digits[$0] ?? 0) * 16 + (digits[$0 + 1] ?? 0))
    }
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
