import GroupProtocol
import Model
import Testing

@testable import CommandLineTool

@Suite("The status shows nodes, processes and problems")
struct StatusViewTests {
  @Test("as a table, with what applications wrote made harmless")
  func table() throws {
    let report = Sample.report(nodes: try Sample.nodes(), problems: Sample.problems)
    expectGolden(StatusView(report).text(.plain), "status.txt")
  }

  @Test("in colours only where they are wanted")
  func colors() throws {
    let text = StatusView(Sample.report(nodes: try Sample.nodes(), problems: Sample.problems)).text(
      Style(isColored: true))
    expectGolden(text.replacing("\u{1b}", with: "ESC"), "status-color.txt")
  }

  @Test("as a versioned JSON document")
  func json() throws {
    let report = Sample.report(nodes: try Sample.nodes(), problems: Sample.problems, files: try Sample.files())
    expectGolden(OutputFormat.json.render(StatusView(report), style: .plain), "status.json")
  }

  @Test("of a leader that nobody has joined yet")
  func empty() {
    let report = StatusReport(
      epoch: 1, index: 1, tick: 0, timing: .standard, time: Sample.time, policy: nil, lastRound: 0, rounds: 0,
      isRoundRunning: true, nodes: [], problems: [], files: [])
    expectGolden(StatusView(report).text(.plain), "status-empty.txt")
  }

  @Test("of one process with its files")
  func process() throws {
    let report = Sample.report(
      nodes: try Sample.nodes(), problems: Sample.problems, files: try Sample.files())
    let view = try DetailView(report, node: Sample.node("n1"), folder: "web")
    expectGolden(view.text(.plain), "status-process.txt")
  }

  @Test("of one node with a list of its files and its own problems")
  func node() throws {
    let report = Sample.report(
      nodes: try Sample.nodes(), problems: Sample.problems, files: try Sample.files())
    let view = try DetailView(report, node: Sample.node("n1"), folder: nil)
    expectGolden(view.text(.plain), "status-node.txt")
  }

  @Test("and says which nodes there are when one is asked for that there is not")
  func unknownNode() throws {
    let report = Sample.report(nodes: try Sample.nodes())
    let failure = #expect(throws: CommandFailure.self) {
      try DetailView(report, node: Sample.node("n9"), folder: nil)
    }
    #expect(failure == CommandFailure(.badInput, "no node `n9` has joined; known: n1 n2 n3"))
  }
}

@Suite("What status is asked about")
struct StatusSubjectTests {
  @Test("is everything, a node, or a folder of a node")
  func parts() throws {
    #expect(try StatusSubject(argument: nil) == .everything)
    #expect(try StatusSubject(argument: "N1").folder == "n1")
    #expect(try StatusSubject(argument: "n1/web").folder == "n1/web")
    #expect(try StatusSubject(argument: "n1/DMake").folder == "n1/DMake")
  }

  @Test(
    "is nothing else",
    arguments: ["", "/", "n1/", "n1/web/state.xml", "../etc", "n1/..", "a b", "n1/\u{1b}[2J"])
  func refused(argument: String) {
    #expect(throws: NameError.self) { try StatusSubject(argument: argument) }
  }
}
