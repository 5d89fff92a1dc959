import DMakefile
import Glibc
import Model
import Testing

/// `Golden/NAME.dmake` is a policy, `Golden/NAME.expected` exactly what is said of it: without make first, then,
/// if that finds no error, by make and by the graph for the nodes `n1` (`web`) and `n2` (`web`, `db`).
///
/// With `DMAKE_UPDATE_GOLDENS=1` the expectations are written anew, and the run still fails.
@Suite("Findings as they are shown")
struct DiagnosticGoldenTests {
  static let names = [
    "lost-tabs", "lost-tabs-assignment", "unterminated", "bad-tag", "bad-path", "outside-recipe", "annotations",
    "shell-variable", "functions", "define", "undeclared", "mixed-writers", "two-recipes", "circular",
    "missing-separator", "foreign", "folderless", "prefix", "tabs-and-wide", "empty", "clean",
    "assignment-in-shell", "missing-bundle-file", "unknown-variable",
    "pattern-without-need", "references", "values-as-code", "not-deterministic", "shell-function",
    "pattern-without-recipe", "own-tags", "unwritten", "unread", "feedback", "remade-include", "local",
    "local-sides", "leaders",
    "unreachable", "several-stems", "unseen-files", "annotation-without-recipe", "outside",
    "assignment-text", "grouped-tags", "second-expansion", "conditions", "outside-recipe-blanks",
    "unknown-function", "known-processes", "target-not-written", "foreign-shell",
    "special-targets", "own-reads", "here-document", "one-shell",
    "shell-in-recipe", "unclosed-reference", "meaning", "undefined",
    "wrong-process", "restarts", "overlaps", "inherited", "quiet-names",
    "memory",
  ]

  @Test(arguments: names)
  func finding(name: String) throws {
    let folder = String(#filePath.prefix(upTo: #filePath.lastIndex(of: "/") ?? #filePath.endIndex)) + "/Golden"
    let policy = try #require(Self.read("\(folder)/\(name).dmake"))
    let bundle = try Bundle(bytes: policy)
    let shown = DiagnosticRenderer(bundle: bundle).render(try findings(bundle))
    if getenv("DMAKE_UPDATE_GOLDENS") != nil {
      let file = try #require(fopen("\(folder)/\(name).expected", "w"))
      fputs(shown, file)
      fclose(file)
      Issue.record("the expectation of \(name) was written anew")
    }
    let expected = try #require(Self.read("\(folder)/\(name).expected"))
    #expect(shown == String(decoding: expected, as: UTF8.self))
  }

  private func findings(_ bundle: Bundle) throws -> [Diagnostic] {
    let static_ = PolicyCheck.diagnostics(of: bundle)
    if static_.hasErrors { return static_ }
    let run = try MakeRun()
    let policy = String(decoding: bundle.policy?.bytes ?? [], as: UTF8.self)
    let (graph, goals) = try run.graph(policy, members: ["n1": ["web"], "n2": ["web", "db"]])
    let targets = goals.map { "'\($0.target)'" }.joined(separator: " ")
    let messages = try run.shell("\(MakeRun.command) -nk \(targets) 2>&1 >/dev/null").output
    let text = PolicyText(Makefiles(bundle))
    let graphs = graph.diagnostics(of: goals, in: text).filter {
      $0.severity > .info || policy.contains("# advice")
    }
    let said = MakeMessages.parse(messages).map { $0.withColumn(in: text) }
    return Array(SortedSet(static_ + said + graphs))
  }

  private static func read(_ path: String) -> [UInt8]? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var result: [UInt8] = []
    while true {
      let byte = getc(file)
      if byte == EOF { return result }
      result.append(UInt8(truncatingIfNeeded: byte))
    }
  }
}

@Suite("Findings about files")
struct FileFindingTests {
  @Test("a file that is too large, binary, not UTF-8, or missing")
  func files() throws {
    func codes(_ bytes: [UInt8]) throws -> [DiagnosticCode] {
      PolicyCheck.diagnostics(of: try Bundle(bytes: bytes)).map(\.code)
    }
    #expect(try codes([UInt8](repeating: 0x23, count: 10 << 20)) == [.tooLarge])
    #expect(try codes([0x61, 0x3a, 0x0a, 0x00]) == [.nulByte])
    #expect(try codes([0x61, 0x3a, 0x0a, 0xc3, 0x28]) == [.notUTF8])
    #expect(PolicyCheck.diagnostics(of: Bundle(files: [])).map(\.code) == [.missingPolicy])
    let place = try #require(
      PolicyCheck.diagnostics(of: try Bundle(bytes: Array("a:\nä ".utf8) + [0xff])).first)
    #expect(place.line == 2)
    #expect(place.column == 4)
  }

  @Test("colours are escapes around the words, and only if they are asked for")
  func colours() throws {
    let bundle = try Bundle("x: y.xml{1}\n")
    let finding = try #require(PolicyCheck.diagnostics(of: bundle).first)
    #expect(!DiagnosticRenderer(bundle: bundle).render(finding).contains("\u{1b}"))
    #expect(
      DiagnosticRenderer(bundle: bundle, colours: true).render(finding).contains("\u{1b}[1;31merror:\u{1b}[0m"))
  }

  @Test("a hostile line cannot draw on a terminal")
  func hostile() throws {
    let bundle = try Bundle("x: a\u{1b}[2Jb y.xml{\u{202e}}\n")
    let shown = DiagnosticRenderer(bundle: bundle).render(PolicyCheck.diagnostics(of: bundle))
    #expect(!shown.isEmpty)
    #expect(!shown.unicodeScalars.contains { $0.value == 0x1b || $0.value == 0x202e })
  }
}
