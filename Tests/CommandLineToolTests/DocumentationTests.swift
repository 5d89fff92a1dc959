import Foundation
import Testing

@testable import CommandLineTool

@Suite("Manual pages and completions")
struct DocumentationTests {
  private let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  @Test("are what `make man` makes of the command definitions")
  func manual() throws {
    for page in try ManualPage.all() {
      expectFile(page.text, root.appendingPathComponent("man/\(page.name).1"))
    }
  }

  @Test(
    "are what `make completions` makes of the command definitions",
    arguments: [("bash", "dmake.bash"), ("zsh", "_dmake"), ("fish", "dmake.fish")])
  func completions(shell: String, file: String) {
    do {
      _ = try DMakeCommand.parseAsRoot(["--generate-completion-script", shell])
      Issue.record("no completion script came")
    } catch {
      expectFile(
        DMakeCommand.fullMessage(for: error) + "\n", root.appendingPathComponent("completions/\(file)"))
    }
  }

  @Test("have a section for each exit code")
  func exitStatus() throws {
    for page in try ManualPage.all() {
      for status in ExitStatus.allCases { #expect(page.text.contains(".It Er \(status.rawValue)\n")) }
    }
  }

  @Test("leave no line that is too long, and none that mdoc would take for a macro by mistake")
  func lines() throws {
    for page in try ManualPage.all() {
      for line in page.text.split(separator: "\n") {
        #expect(line.utf8.count <= 100, "\(page.name): \(line)")
      }
    }
  }

  static let checkers: [(program: String, option: String, files: [String])] = [
    ("/usr/bin/bash", "-n", ["completions/dmake.bash"]), ("/usr/bin/zsh", "-n", ["completions/_dmake"]),
    ("/usr/bin/fish", "-n", ["completions/dmake.fish"]),
    (
      "/usr/bin/mandoc", "-Tlint",
      [
        "dmake.1", "dmake-agent.1", "dmake-leader.1", "dmake-apply.1", "dmake-status.1", "dmake-lint.1",
        "dmakefile.5", "dmake-config.5", "dmake-allow.5",
      ]
      .map { "man/\($0)" }
    ),
  ]

  @Test(
    "are read by the programs that they are for",
    arguments: checkers)
  func readable(program: String, option: String, files: [String]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = [option] + (program.hasSuffix("mandoc") ? ["-Wwarning"] : []) + files
    process.currentDirectoryURL = root
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(output)")
  }
}
