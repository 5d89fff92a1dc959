import GroupProtocol
import Model

/// A command of a scenario file, cut into words: `NAME WORD… KEY=VALUE…`. A word in double quotes is content.
struct ScenarioWords {
  struct Problem: Error, CustomStringConvertible { let description: String }

  let name: String
  private(set) var words: [String] = []
  private var options = SortedMap<String, String>()

  init(_ line: String) throws {
    var all: [String] = []
    var word = ""
    var isQuoted = false
    for character in line {
      if character == "\"" { isQuoted.toggle() }
      if character == " ", !isQuoted {
        if !word.isEmpty { all.append(word) }
        word = ""
      } else {
        word.append(character)
      }
    }
    if !word.isEmpty { all.append(word) }
    guard let first = all.first else { throw Problem(description: "an empty command") }
    name = first
    for word in all.dropFirst() {
      let parts = word.split(separator: "=", maxSplits: 1)
      if parts.count == 2, parts[0].allSatisfy(\.isLetter) {
        options[String(parts[0])] = String(parts[1])
      } else {
        words.append(word)
      }
    }
  }

  subscript(option: String) -> String? { options[option] }

  func word(_ position: Int) throws -> String {
    guard position < words.count else {
      throw Problem(description: "`\(name)` wants more than \(words.count) words")
    }
    return words[position]
  }

  func number(_ position: Int) throws -> UInt64 { try Self.number(word(position)) }

  func number(_ option: String, default defaultValue: UInt64) throws -> UInt64 {
    try self[option].map(Self.number) ?? defaultValue
  }

  /// `PATH` as a whole, or `PATH{TAG,TAG…}`.
  static func interest(_ word: String) throws -> (path: String, FileInterest) {
    let parts = word.split { "{,}".contains($0) }.map(String.init)
    guard let path = parts.first else { throw Problem(description: "`\(word)` is no PATH{TAG,TAG}") }
    return (path, parts.count == 1 ? .whole : .tags(SortedSet(parts.dropFirst())))
  }

  /// `7`, `#7` or `@7`.
  private static func number(_ text: String) throws -> UInt64 {
    guard let number = UInt64(text.drop { $0 == "#" || $0 == "@" }) else {
      throw Problem(description: "`\(text)` is not a number")
    }
    return number
  }

  /// A content in quotes; nil for `absent`.
  func content(_ position: Int) throws -> Content? { try Self.content(word(position)) }

  static func content(_ text: String) throws -> Content? {
    if text == "absent" { return nil }
    guard text.hasPrefix("\""), text.hasSuffix("\""), text.count >= 2 else {
      throw Problem(description: "`\(text)` is neither a text in quotes nor `absent`")
    }
    return Content(String(text.dropFirst().dropLast()))
  }

  static func stamp(_ text: String) throws -> Stamp {
    let parts = text.drop { $0 == "@" }.split(separator: ".").compactMap { UInt64($0) }
    guard parts.count == 2 else { throw Problem(description: "`\(text)` is not EPOCH.INDEX") }
    return Stamp(epoch: parts[0], index: parts[1])
  }

  /// `web/config.xml@1.5="<c/>"`, any number of them from a position on.
  func appliedFiles(from position: Int) throws -> [AppliedFile] {
    try words.dropFirst(position).map { word in
      let parts = word.split(separator: "@", maxSplits: 1)
      let rest = parts.last?.split(separator: "=", maxSplits: 1) ?? []
      guard parts.count == 2, rest.count == 2 else {
        throw Problem(description: "`\(word)` is not FILE@STAMP=CONTENT")
      }
      return AppliedFile(
        file: try NodeFile(String(parts[0])), stamp: try Self.stamp(String(rest[0])),
        digest: try Self.content(String(rest[1]))?.digest)
    }
  }

  /// `exit:1`, `signal:9`, `unknown`.
  static func end(_ text: String) throws -> ProcessEnd {
    let parts = text.split(separator: ":")
    let number = parts.count == 2 ? Int32(parts[1]) : nil
    switch (parts.first, number) {
    case ("exit", .some(let code)): return .exited(code: code)
    case ("signal", .some(let signal)): return .signalled(signal)
    case ("unknown", nil): return .unknown
    default: throw Problem(description: "`\(text)` is no end of a process")
    }
  }
}
