import GroupProtocol
import Model
import Testing

@testable import CommandLineTool

@Suite("`--why-not` explains that a rule did not run")
struct WhyNotViewTests {
  private func report() throws -> WhyNotReport {
    WhyNotReport(
      target: "n1/web/config.xml{rate}", since: 810,
      causes: [
        .failed(Sample.problems[0]), .failed(Sample.problems[1]),
        .needsFailed(["backends/n1", "n1/haproxy/haproxy.cfg"], Sample.problems[0]), .needsFailed(["b"], nil),
        .unchanged(since: 700), .madeSame(810), .didRun(810), .neverRan, .due(["in\u{1b}[8m", "x"]),
        .noRule(nearest: ["n1/web/config.xml{rates}"], isFileThere: true), .absentNode(try NodeName("n9")),
      ],
      account: RuleAccount(
        target: "n1/web/config.xml", place: SourcePlace(file: "DMakefile", line: 9), ranAt: 700, changedAt: 650,
        inputs: [
          .init(reference: "n1/web/state.xml{load}", changedAt: 700, madeAt: nil),
          .init(reference: "plan\u{7}", changedAt: 600, madeAt: 700),
          .init(reference: "nothing", changedAt: nil, madeAt: nil),
        ], failedNeeds: []))
  }

  @Test("by every cause, the rule, and when its inputs changed")
  func text() throws { expectGolden(WhyNotView(try report()).text(.plain), "why-not.txt") }

  @Test("as a versioned JSON document")
  func json() throws { expectGolden(WhyNotView(try report()).json.text, "why-not.json") }
}
