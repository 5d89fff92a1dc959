import DMakefile
import Foundation
import Model

/// A correct policy with the files beside it, as text in which faults are seeded.
struct Policy {
  struct File {
    var text: String
    var isExecutable: Bool
  }

  /// A rule by the lines of the DMakefile.
  struct Rule {
    /// The annotations above it begin here.
    let first: Int
    let head: Int
    let targets: String
    let prerequisites: String
    let recipe: Range<Int>
  }

  let name: String
  var files: [String: File]
  var lines: [String]

  init(name: String, folder: URL) throws {
    self.name = name
    files = [:]
    lines = []
    let keys: [URLResourceKey] = [.isRegularFileKey, .isExecutableKey]
    guard let found = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: keys) else {
      return
    }
    for case let file as URL in found
    where try file.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true {
      let path = String(file.path.dropFirst(folder.path.count + 1))
      let isExecutable = FileManager.default.isExecutableFile(atPath: file.path)
      files[path] = File(text: try String(contentsOf: file, encoding: .utf8), isExecutable: isExecutable)
    }
    lines = files.removeValue(forKey: "DMakefile")?.text.components(separatedBy: "\n") ?? []
    if lines.last == "" { lines.removeLast() }
  }

  var bundle: Model.Bundle {
    get throws {
      let policy = File(text: lines.joined(separator: "\n") + "\n", isExecutable: false)
      return Model.Bundle(
        files: try (files.map { ($0.key, $0.value) } + [("DMakefile", policy)]).map { path, file in
          Model.Bundle.File(
            path: try TreePath(path), isExecutable: file.isExecutable, content: Content(file.text))
        })
    }
  }

  var rules: [Rule] {
    var result: [Rule] = []
    for (index, line) in lines.enumerated() {
      guard let parts = Self.parts(line) else { continue }
      var end = index + 1
      while end < lines.count, lines[end].hasPrefix("\t") { end += 1 }
      var first = index
      while first > 0, lines[first - 1].hasPrefix("[") { first -= 1 }
      if end == index + 1 || parts.targets.hasPrefix(".") { continue }
      result.append(
        Rule(
          first: first, head: index, targets: parts.targets, prerequisites: parts.prerequisites,
          recipe: index + 1..<end))
    }
    return result
  }

  /// A rule's line at its first colon that is in no reference.
  private static func parts(_ line: String) -> (targets: String, prerequisites: String)? {
    if line.isEmpty || line.hasPrefix("\t") || line.hasPrefix("#") || line.hasPrefix("[") { return nil }
    var depth = 0
    for index in line.indices {
      if line[index] == "(" { depth += 1 }
      if line[index] == ")" { depth -= 1 }
      if line[index] == "=", depth == 0, !line[..<index].contains("{") { return nil }
      guard line[index] == ":", depth == 0 else { continue }
      let rest = line[line.index(after: index)...]
      if rest.hasPrefix("=") { return nil }
      return (String(line[..<index]), rest.trimmingCharacters(in: .whitespaces))
    }
    return nil
  }

  mutating func replace(_ text: String, with other: String, in file: String) {
    guard let old = files[file] else { return }
    files[file]?.text = old.text.replacing(text, with: other)
  }

  /// Values that rules of this policy make: `X{tag}` as it stands.
  var madeValues: [String] { rules.map(\.targets).filter { $0.hasSuffix("}") } }

  /// Files outside of nodes that rules make and others need, by the text of their targets.
  var results: [Rule] {
    rules.filter { rule in
      let name = rule.targets.hasPrefix("$") ? "" : rule.targets
      let stem = name.hasSuffix("/%") ? String(name.dropLast(1)) : name
      return !stem.isEmpty && !stem.hasPrefix("%")
        && rules.contains { Self.words($0.prerequisites).contains { $0 == name || $0.contains("=\(stem)%") } }
    }
  }

  static func words(_ text: String) -> [String] { text.split(separator: " ").map(String.init) }

  /// The tags in a text: `X{tag}`, without those of make's references and the shell's.
  static func tags(in text: String) -> [(file: String, tag: String, text: String)] {
    text.matches(of: /([A-Za-z0-9.\/%$()*_-]+\.xml)\{([^{} ]+)\}/).map {
      (String($0.output.1), String($0.output.2), String($0.output.0))
    }
  }
}

/// A policy with one fault.
struct Mutant: Sendable {
  let kind: Fault
  let name: String
  let bundle: Model.Bundle
}
