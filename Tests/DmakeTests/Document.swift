import Foundation

/// A text of the repository, as far as it names what can be checked.
struct Document {
  struct Block {
    let language: String
    /// The name that stands above it, as `policy/node.xml`.
    let file: String?
    let text: String
  }

  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

  let text: String
  /// Between fences.
  let blocks: [Block]

  init(_ name: String) throws {
    text = try String(contentsOfFile: "\(Self.root)/\(name)", encoding: .utf8)
    blocks = text.matches(of: /(?ms)(?:^`([a-zA-Z.\/]+)`[^`\n]*:\n\n)?^```([a-z]*)\n(.*?)^```$/).map { match in
      Block(
        language: String(match.output.2), file: match.output.1.map(String.init), text: String(match.output.3))
    }
  }

  /// The blocks that are files, by their names.
  var files: [(name: String, text: String)] {
    blocks.compactMap { block in block.file.map { ($0, block.text) } }
  }

  /// The words behind `dmake` of each line of a shell's block that begins with it.
  var commands: [[String]] {
    blocks.filter { $0.language == "sh" }.flatMap { $0.text.split(separator: "\n") }
      .filter { $0.hasPrefix("dmake ") }
      .map { line in
        let command = line.firstRange(of: " #").map { line[..<$0.lowerBound] } ?? line
        return command.split(separator: " ").dropFirst().map { String($0).replacing("'", with: "") }
      }
  }

  /// `make TARGET` in code, in a line or in a block of the shell.
  var targets: [String] {
    let spans = text.matches(of: /`make ([a-z]+)/).map { String($0.output.1) }
    let lines = blocks.filter { $0.language == "sh" }.flatMap { $0.text.matches(of: /(?m)^make ([a-z]+)/) }
    return spans + lines.map { String($0.output.1) }
  }

  /// What links lead to, and what is named by a path from one of the repository's folders.
  var paths: [String] {
    let links = text.matches(of: /\]\(([^)#:]+)\)/).map { String($0.output.1) }
    let named = text.matches(of: /`((?:Sources|Tests|Examples|Benchmarks|man|completions)\/[^` ]*)`/)
    return links + named.map { String($0.output.1) }
  }
}
