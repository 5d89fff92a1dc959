import DMakefile
import Linux
import Model
import Testing

@testable import MakeWrapper

/// A policy of `man/dmakefile.5`, with what stands in comments above it: `with FILE TEXT` is there before its round,
/// and `gives FILE TEXT` is in the tree behind it.
struct ManualExample {
  let policy: String
  private(set) var inputs: [(path: String, text: String)] = []
  private(set) var outputs: [(path: String, text: String)] = []

  static func all() throws -> (examples: [ManualExample], displays: Int) {
    let root = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
    let page = try Directory(path: root + "/man").read("dmakefile.5", limitBytes: 1 << 20)
    let lines = String(decoding: page, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    var examples: [ManualExample] = []
    var displays = 0
    for (index, line) in lines.enumerated() {
      if line.hasPrefix(".Bd -literal") { displays += 1 }
      guard line == ".\\\" policy",
        let start = lines[index...].firstIndex(where: { $0.hasPrefix(".Bd -literal") }),
        let end = lines[start...].firstIndex(of: ".Ed")
      else { continue }
      let policy = lines[(start + 1)..<end].joined(separator: "\n").replacing("\\e", with: "\\")
      examples.append(ManualExample(policy: policy + "\n", comments: lines[(index + 1)..<start]))
    }
    return (examples, displays)
  }

  func isOfBundle(_ path: String) -> Bool { policy.contains("$(DMAKE_BUNDLE)/\(path)") }

  private init(policy: String, comments: ArraySlice<Substring>) {
    self.policy = policy
    for comment in comments {
      let words = comment.split(separator: " ", maxSplits: 3).map(String.init)
      guard words.count == 4 else { continue }
      if words[1] == "with" {
        inputs.append((words[2], words[3]))
      } else {
        outputs.append((words[2], words[3]))
      }
    }
  }
}

@Suite("The policies of dmakefile(5)")
struct ManualTests {
  @Test("have no findings, and do what the page says")
  func examples() async throws {
    let (examples, displays) = try ManualExample.all()
    #expect(examples.count >= 14)
    #expect(displays == examples.count)
    for example in examples { try await run(example) }
  }

  private func run(_ example: ManualExample) async throws {
    var files = ["haproxy.cfg.in": "backend\n"]
    for (path, text) in example.inputs where example.isOfBundle(path) { files[path] = text }
    let findings = try await PolicyCheck.check(
      World.bundle(example.policy, files), members: [try NodeName("n1"), try NodeName("n2")],
      processes: [try ProcessName("web"), try ProcessName("worker")])
    #expect(findings.filter { $0.severity >= .warning }.map(\.message) == [], "\(example.policy)")
    let world = try World(example.policy, files)
    for node in ["n1", "n2"] where !example.policy.contains("/DMake/config.xml:") {
      try world.set(
        "\(node)/DMake/config.xml",
        "<config>\(["web", "worker"].map { "<process name='\($0)'/>" }.joined())</config>")
    }
    for (path, text) in example.inputs where !example.isOfBundle(path) { try world.set(path, text) }
    let result = try await world.round()
    #expect(result.problems == [], "\(example.policy)")
    for (path, text) in example.outputs {
      let content = world.text(path) ?? "nothing"
      #expect(content.contains(text), "\(example.policy)\(path) is \(content)")
    }
  }
}
