import DMakefile
import Model
import Testing

@testable import MakeWrapper

/// Every code has its text, and the examples of the texts are checked as policies.
@Suite("What --explain says of each code")
struct ExplanationTests {
  /// Findings about bytes and files, which no text can show, that only some versions of make have, or that need a
  /// leader's tree or a schema.
  static let withoutExample: [DiagnosticCode] = [
    .missingPolicy, .notUTF8, .tooLarge, .makeOther, .notReported, .absentValue, .absentNode, .trialProblem,
    .badConfiguration, .tooManyRules, .tooDeep,
  ]

  @Test("every code is explained at length", arguments: DiagnosticCode.allCases)
  func complete(code: DiagnosticCode) {
    let text = code.explanation
    for part in [text.title, text.what, text.why, text.how] { #expect(part.count > 10, "\(code)") }
    #expect((text.wrong == nil) == Self.withoutExample.contains(code))
    #expect((text.right == nil) == Self.withoutExample.contains(code))
  }

  @Test("the wrong example has the finding, the right one has none", arguments: DiagnosticCode.allCases)
  func examples(code: DiagnosticCode) async throws {
    let explanation = code.explanation
    if let wrong = explanation.wrong {
      let found = try await check(wrong)
      #expect(found.contains { $0.code == code }, "\(code): \(found)")
    }
    if let right = explanation.right {
      let found = try await check(right).filter { $0.severity > .info }
      #expect(found == [], "\(code)")
    }
  }

  private func check(_ example: Explanation.Example) async throws -> [Diagnostic] {
    let policy = Bundle.File(
      path: try TreePath(Bundle.policyFile), isExecutable: false, content: Content(Array(example.policy.utf8)))
    let files = try example.files.map {
      Bundle.File(
        path: try TreePath($0.path), isExecutable: $0.isExecutable, content: Content(Array($0.text.utf8)))
    }
    let scratch = try Scratch()
    var settings = CheckSettings()
    settings.folder = scratch.path
    settings.isTrusted = true
    settings.givesAdvice = true
    return try await PolicyCheck.examine(Bundle(files: [policy] + files), settings).findings.diagnostics
  }
}
