import GroupProtocol
import Model
import Testing

@testable import CommandLineTool

@Suite("`--why` explains a value")
struct ExplanationViewTests {
  private func explanation(
    old: String? = nil, earlier: [LogIndex] = [], causes: [Explanation] = []
  ) throws -> Explanation {
    Explanation(
      index: 815, time: Sample.time,
      provenance: Provenance(
        value: ValueReference(try TreePath("n1/haproxy/haproxy.cfg")),
        place: SourcePlace(file: "DMakefile", line: 29),
        index: 812, reasons: [.changed("n3/web/state.xml{status}"), .changed("n3/new-node"), .lifted],
        inputs: [
          .init(reference: "n3/web/state.xml{status}", old: "ready", new: "draining\u{1b}[8m", changedAt: 812),
          .init(reference: "n3/new-node", old: nil, new: "<events>\n</events>\n"),
          .init(reference: "backends/n1", old: "server n1", new: "server n1"),
        ], old: old, new: "global\n  daemon\n"), earlier: earlier, causes: causes)
  }

  private func report(_ explanations: [Explanation], isCut: Bool = false) throws -> ExplanationReport {
    ExplanationReport(
      value: ValueReference(try TreePath("n1/haproxy/haproxy.cfg")), at: 820, explanations: explanations,
      since: 3,
      isCut: isCut)
  }

  /// A tag that a hostile application's text went into.
  private func cause() throws -> Explanation {
    Explanation(
      index: 700, time: Sample.time,
      provenance: Provenance(
        value: ValueReference(try TreePath("backends/n1")), place: SourcePlace(file: "DMakefile", line: 7),
        index: 699, reasons: [.retry(after: .timedOut, attempts: 2), .ruleChanged],
        inputs: [
          .init(reference: "n1/web/state.xml{a}", old: nil, new: "\"\u{0}`$(id)`\u{1b}]0;x\u{7}\n\u{202e}\n")
        ],
        old: nil, new: "server n1", isCut: true))
  }

  @Test("by its rule, its inputs, the event and the time")
  func text() throws {
    let report = try report([try explanation(old: "global\n"), try explanation()])
    expectGolden(ExplanationView(report).text(.plain), "why.txt")
  }

  @Test("and its inputs by what they were made of, indented")
  func chain() throws {
    let report = try report([try explanation(earlier: [700, 12], causes: [try cause()])], isCut: true)
    expectGolden(ExplanationView(report).text(.plain), "why-chain.txt")
  }

  @Test("as a versioned JSON document")
  func json() throws {
    let report = try report([try explanation(earlier: [700], causes: [try cause()])])
    expectGolden(ExplanationView(report).json.text, "why.json")
  }

  @Test("and says what it means that no rule made it")
  func none() throws {
    let value = ValueReference(try TreePath("n1/web/state.xml"), tag: "status")
    #expect(
      ExplanationView(ExplanationReport(value: value, at: 9, explanations: [])).text(.plain)
        == "no rule of a policy made `n1/web/state.xml{status}`: it is absent, or its node wrote it itself\n")
    #expect(
      ExplanationView(ExplanationReport(value: value, at: 9, explanations: [], removedAt: 8)).text(.plain)
        == "no rule makes `n1/web/state.xml{status}` any more: it went at log index 8; `--at 7` explains it before\n"
    )
  }
}

@Suite("The history of policies")
struct HistoryViewTests {
  private let records = [
    Sample.record(Sample.policy, 40, active: true), Sample.record(Sample.earlier, 7, active: false),
  ]

  @Test("is a table with the active one marked")
  func table() { expectGolden(HistoryView(records).text(.plain), "history.txt") }

  @Test("is a versioned JSON document")
  func json() { expectGolden(HistoryView(records).json.text, "history.json") }

  @Test("finds a policy by the first digits of its digest")
  func prefix() throws {
    #expect(try HistoryView.policy(String(Sample.earlier.hex.prefix(8)), in: records) == Sample.earlier)
    #expect(throws: CommandFailure.self) { try HistoryView.policy("", in: records) }
    #expect(throws: CommandFailure.self) { try HistoryView.policy("xyz", in: records) }
  }
}

@Suite("Waiting for an activation")
struct ActivationProgressTests {
  @Test("lasts until its round is done")
  func round() throws {
    let progress = ActivationProgress(
      Sample.report(nodes: try Sample.nodes(), lastRound: 11), activation: 12)
    #expect(!progress.isDone)
    #expect(progress.bar(width: 4) == "[....] waiting for the policy's first round")
  }

  @Test("names the nodes that it waits for, and counts only those that are present")
  func nodes() throws {
    let progress = ActivationProgress(Sample.report(nodes: try Sample.nodes()), activation: 12)
    #expect(!progress.isDone)
    #expect(progress.bar(width: 4) == "[##..] 1/2 nodes, waiting for n2")
  }

  @Test("ends when every present node has everything, and also when there is none")
  func done() throws {
    #expect(ActivationProgress(Sample.report(nodes: [try Sample.nodes()[0]]), activation: 12).isDone)
    #expect(ActivationProgress(Sample.report(nodes: []), activation: 12).bar(width: 4) == "[####] 0/0 nodes")
  }

  @Test("notices that another policy became active")
  func replaced() throws {
    #expect(ActivationProgress(Sample.report(nodes: []), activation: 12).replacedBy == nil)
    #expect(
      ActivationProgress(Sample.report(nodes: [], activation: 13), activation: 12).replacedBy == Sample.policy)
  }
}
