import Glibc

/// A file of the repository as text, and as code alone.
struct SourceFile: Sendable {
  /// Relative to the repository.
  let path: String
  let lines: [String]
  /// The lines with comments and the contents of string literals blanked, so that a rule about code does not trip
  /// over prose.
  let code: [String]

  init(path: String, text: String) {
    self.path = path
    lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    code = CodeMask.mask(text).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  /// The module that the file belongs to, as `Sources/Model/Names.swift` says it.
  var module: String? {
    let parts = path.split(separator: "/")
    return parts.count > 2 && parts[0] == "Sources" ? String(parts[1]) : nil
  }
  var isTest: Bool { path.hasPrefix("Tests/") }
}

/// Blanks what is not code: comments and the contents of string literals, interpolations included.
enum CodeMask {
  private static let blank = UInt8(ascii: " ")
  private static let newline = UInt8(ascii: "\n")
  private static let openings: [(start: [UInt8], end: [UInt8])] = [
    ("//", "\n"), ("/*", "*/"), ("#\"\"\"", "\"\"\"#"), ("\"\"\"", "\"\"\""), ("#\"", "\"#"), ("\"", "\""),
  ].map { (Array($0.utf8), Array($1.utf8)) }

  static func mask(_ text: String) -> String {
    var bytes = Array(text.utf8)
    var position = 0
    while position < bytes.count {
      let isCandidate = [UInt8(ascii: "/"), UInt8(ascii: "#"), UInt8(ascii: "\"")].contains(bytes[position])
      if isCandidate, let opening = openings.first(where: { bytes[position...].starts(with: $0.start) }) {
        let end = end(of: opening.end, in: bytes, from: position + opening.start.count)
        for masked in position..<end where bytes[masked] != newline { bytes[masked] = blank }
        position = end
      } else {
        position += 1
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Behind the closing mark, or behind the line where a literal of one line is left open.
  private static func end(of closing: [UInt8], in bytes: [UInt8], from start: Int) -> Int {
    let hasEscapes = closing.first == UInt8(ascii: "\"") && closing.last == UInt8(ascii: "\"")
    var position = start
    while position < bytes.count {
      if bytes[position] == closing[0], bytes[position...].starts(with: closing) {
        return position + closing.count
      }
      if closing == [UInt8(ascii: "\"")], bytes[position] == newline { return position }
      position += hasEscapes && bytes[position] == UInt8(ascii: "\\") ? 2 : 1
    }
    return bytes.count
  }
}

/// The repository on the disk.
enum Repository {
  static let root = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }

  /// Every Swift file of sources, tests and tools that a person wrote.
  static func swiftFiles() -> [SourceFile] {
    let names = ["Package.swift"] + ["Sources", "Tests", "Tools", "Benchmarks"].flatMap { files(below: $0) }
    return names.filter { $0.hasSuffix(".swift") && !$0.contains("/Generated/") }.sorted().map {
      SourceFile(path: $0, text: text(of: $0))
    }
  }

  static func names(in folder: String) -> [String] {
    guard let stream = opendir(folder.isEmpty ? root : "\(root)/\(folder)") else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  private static func files(below folder: String) -> [String] {
    names(in: folder).flatMap { name -> [String] in
      let path = "\(folder)/\(name)"
      return names(in: path).isEmpty ? [path] : files(below: path)
    }
  }

  static func text(of path: String) -> String {
    guard let file = fopen("\(root)/\(path)", "r") else { return "" }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
    return String(decoding: bytes, as: UTF8.self)
  }
}
