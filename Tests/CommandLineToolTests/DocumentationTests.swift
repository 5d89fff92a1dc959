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
}
