import Testing

/// A rule that never fires shows nothing: each is shown a text that breaks it.
@Suite("Each of the house's rules fires")
struct HouseRuleTests {
  private func findings(_ text: String, at path: String) -> [String] {
    let file = SourceFile(path: path, text: text)
    return HouseTests.rules.flatMap { $0.findings(in: file) }.map(\.description)
  }

  @Test(
    "on code that a core must not have",
    arguments: [
      "let now = ContinuousClock.now", "let time = Date()", "let home = getenv(name)",
      "let names = ProcessInfo.processInfo", "let files = FileManager.default",
      "var generator = SystemRandomNumberGenerator()", "let number = Int.random(in: 1...6)",
      "let other = list.shuffled()", "var map: [String: Int] = [:]", "func map() -> [NodeName: Tick] {}",
      "var map = Dictionary<String, Int>()", "var set: Set<String> = []", "let set = Set(list)",
      "Task { go() }",
      "let answer = await ask()", "import Glibc", "import Linux", "import Foundation", "print(text)",
    ])
  func core(line: String) {
    #expect(
      findings("\n\(line)\n", at: "Sources/GroupProtocol/X.swift").first?.hasPrefix(
        "Sources/GroupProtocol/X.swift:2: ") == true)
  }

  @Test(
    "on what no file has",
    arguments: [
      "let value = try! read()", "fatalError(text)", "let value = other as! Thing", "// TO" + "DO: later",
      "// FIX" + "ME", "\tlet value = 1", "let value = 1 ", "// ==== Part ====", "// MARK: - Part",
      "let value = " + String(repeating: "a + ", count: 40),
    ])
  func anywhere(line: String) {
    #expect(!findings("\(line)\n", at: "Sources/Leader/X.swift").isEmpty)
    #expect(!findings("\(line)\n", at: "Tests/LeaderTests/X.swift").isEmpty)
  }

  @Test("on fixed sleeps in tests, on the runtime's threads and timers, and on unchecked promises in sources")
  func places() {
    #expect(!findings("try await Task.sleep(for: .seconds(1))\n", at: "Tests/LeaderTests/X.swift").isEmpty)
    #expect(
      findings("while !isDone {\n  try await Task.sleep(for: .milliseconds(5))\n}\n", at: "Tests/T/X.swift")
        .isEmpty)
    for line in ["try await Task.sleep(for: limit)", "Task { go() }", "DispatchQueue.global().async { go() }"] {
      #expect(!findings(line + "\n", at: "Sources/Leader/X.swift").isEmpty)
    }
    #expect(!findings("final class X: @unchecked Sendable {}\n", at: "Sources/Leader/X.swift").isEmpty)
  }

  @Test("on imports of a layer above, and on full Foundation")
  func imports() {
    #expect(!findings("import Leader\n", at: "Sources/Transport/X.swift").isEmpty)
    #expect(!findings("import Foundation\n", at: "Sources/Leader/X.swift").isEmpty)
    #expect(!findings("public import struct Leader.Thing\n", at: "Sources/Model/X.swift").isEmpty)
    #expect(findings("import WireFormat\nimport Glibc\n", at: "Sources/Transport/X.swift").isEmpty)
  }

  @Test("on files and functions that are too long")
  func lengths() {
    let body = String(repeating: "  go()\n", count: 61)
    #expect(
      findings("func f() {\n\(body)}\n", at: "Tests/T/X.swift") == [
        "Tests/T/X.swift:1: the function has 63 lines; name its parts and call them"
      ])
    #expect(findings(String(repeating: "let x = 1\n", count: 401), at: "Tests/T/X.swift").count == 1)
    #expect(findings(String(repeating: "let x = 1\n", count: 400), at: "Tests/T/X.swift").isEmpty)
    let short = String(repeating: "func f() {\n  go()\n}\n", count: 60)
    #expect(findings(short, at: "Tests/T/X.swift").isEmpty)
  }

  @Test("and not on prose: comments and literals may speak of what code may not do")
  func prose() {
    let text = #"""
      /// A Dictionary or Date() would differ from process to process.
      let text = "Set<String> and Task { } and getenv"
      /* await fatalError */
      let more = """
        try! print(Dictionary)
        """
      let raw = #"a "quoted" Set<Int>"#
      let slice = list[start...]
      let pairs = SortedMap<String, Int>(["a": 1].map { ($0, $1) })
      """#
    #expect(findings(text, at: "Sources/Model/X.swift").isEmpty)
  }
}
