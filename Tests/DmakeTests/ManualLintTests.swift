import Foundation
import Testing

@Suite("What manuals, README and examples show as right")
struct ManualLintTests {
  private static let folder = "\(Document.root)/man"

  /// The displays of a page, as a reader sees them.
  private static func displays(_ page: String) throws -> [String] {
    let text = try String(contentsOfFile: "\(folder)/\(page)", encoding: .utf8)
    return text.matches(of: /(?ms)^\.Bd -literal[^\n]*\n(.*?)^\.Ed$/).map {
      String($0.output.1).replacing("\\e", with: "\\").replacing("\\(aq", with: "'").replacing("\\&", with: "")
    }
  }

  private static func lint(_ policy: String, _ scratch: Scratch, files: [(String, String)] = []) async throws {
    try? FileManager.default.removeItem(atPath: scratch.path("policy"))
    for (name, text) in files where name.hasPrefix("policy/") { try scratch.write(name, text, mode: 0o755) }
    // Of the files beside a policy that is shown alone only the names are known.
    for name in policy.matches(of: /\$\(DMAKE_BUNDLE\)\/([A-Za-z0-9._-]+)/).map({ "policy/\($0.output.1)" })
    where !FileManager.default.fileExists(atPath: scratch.path(name)) { try scratch.write(name, "<x/>\n") }
    try scratch.write("policy/DMakefile", policy)
    let outcome = try await scratch.run("lint", "policy")
    #expect(outcome.status == 0, "\(policy)\n\(outcome)")
  }

  @Test("policies have no findings, and configurations no errors")
  func pages() async throws {
    let pages = try FileManager.default.contentsOfDirectory(atPath: Self.folder).filter { $0.hasSuffix(".5") }
    #expect(pages.count >= 3)
    try await Scratch.run { scratch in
      var counts = (policies: 0, configurations: 0)
      for display in try pages.flatMap(Self.displays) {
        if display.contains("\n\t") {
          try await Self.lint(display, scratch)
          counts.policies += 1
        } else if ["<config", "<process", "<probe"].contains(where: display.hasPrefix) {
          try scratch.write("node.xml", display.hasPrefix("<config") ? display : "<config>\(display)</config>")
          let outcome = try await scratch.run("lint", "--config", "node.xml")
          #expect(outcome.status == 0, "\(display)\n\(outcome)")
          counts.configurations += 1
        }
      }
      #expect(counts.policies >= 15 && counts.configurations >= 3, "\(counts)")
    }
  }

  @Test("so have those of README and of the examples")
  func examples() async throws {
    let examples = try FileManager.default.contentsOfDirectory(atPath: "\(Document.root)/Examples")
      .map { "\(Document.root)/Examples/\($0)" }
      .filter { FileManager.default.fileExists(atPath: "\($0)/DMakefile") }
    #expect(examples.count >= 4)
    try await Scratch.run { scratch in
      let readme = try Document("README.md")
      let policies = readme.blocks.filter { $0.language == "make" }
      #expect(policies.count >= 3)
      for block in policies {
        let files = block.file == nil ? [] : readme.files.map { ($0.name, $0.text) }
        try await Self.lint(block.text, scratch, files: files)
      }
      for example in examples {
        let outcome = try await scratch.run("lint", example)
        #expect(outcome.status == 0, "\(example)\n\(outcome)")
      }
    }
  }
}
