import DMakefile
import Model

/// `dmake lint -o sarif`: findings as a SARIF log, version 2.1.0 (OASIS, Static Analysis Results Interchange Format),
/// which editors and code hosts read.
///
/// Each kind of finding is a rule with its explanation as help. Columns count Unicode code points.
struct SarifLog {
  private static let schema =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

  let findings: PolicyFindings
  let sources: Bundle
  /// Where the reader of the log finds a file of the bundle.
  let locate: (String) -> String

  var json: JSON {
    [
      "$schema": .string(Self.schema), "version": "2.1.0",
      "runs": [
        [
          "tool": [
            "driver": [
              "name": "dmake", "version": .string(Version.text), "semanticVersion": .string(Version.text),
              "rules": .array(DiagnosticCode.allCases.map(rule)),
            ]
          ],
          "invocations": [["executionSuccessful": true]],
          "columnKind": "unicodeCodePoints",
          "results": .array(
            findings.diagnostics.map { result($0, reason: nil) }
              + findings.suppressed.map { result($0.diagnostic, reason: $0.reason) }),
        ]
      ],
    ]
  }

  private func rule(_ code: DiagnosticCode) -> JSON {
    let explanation = code.explanation
    let text = FindingExplanationView(code).text(.plain)
    return [
      "id": .string(code.rawValue), "name": .string(Self.name(code)),
      "shortDescription": ["text": .string(explanation.title)],
      "fullDescription": ["text": .string("\(explanation.what) \(explanation.why)")],
      "help": ["text": .string(text)],
    ]
  }

  /// `patternWithoutNeed` as `PatternWithoutNeed`, the form that the standard asks of names.
  private static func name(_ code: DiagnosticCode) -> String {
    let name = "\(code)"
    return name.prefix(1).uppercased() + name.dropFirst()
  }

  private func result(_ diagnostic: Diagnostic, reason: String?) -> JSON {
    let text = [
      diagnostic.message, diagnostic.note.map { "note: \($0)" }, diagnostic.hint.map { "hint: \($0)" },
    ]
    .compactMap { $0 }.joined(separator: "\n")
    var location: [JSON.Member] = [
      .init(name: "artifactLocation", value: ["uri": .string(locate(diagnostic.file))])
    ]
    if let region = region(of: diagnostic) { location.append(.init(name: "region", value: region)) }
    return [
      "ruleId": .string(diagnostic.code.rawValue),
      "ruleIndex": JSON(number: DiagnosticCode.allCases.firstIndex(of: diagnostic.code)),
      "level": .string(Self.level(diagnostic.severity)), "message": ["text": .string(text)],
      "locations": [["physicalLocation": .object(location)]],
      "suppressions": reason.map {
        [["kind": "inSource", "status": "accepted", "justification": .string($0)]]
      } ?? [],
    ]
  }

  private static func level(_ severity: Diagnostic.Severity) -> String {
    switch severity {
    case .info: "note"
    case .warning: "warning"
    case .error: "error"
    }
  }

  /// Nil for what is about the whole file.
  private func region(of diagnostic: Diagnostic) -> JSON? {
    guard diagnostic.line > 0 else { return nil }
    var members: [JSON.Member] = [.init(name: "startLine", value: JSON(number: diagnostic.line))]
    let lines = sources[diagnostic.file]?.content.bytes
      .split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    guard let lines, diagnostic.line <= lines.count else { return .object(members) }
    let line = lines[diagnostic.line - 1]
    if diagnostic.column > 0, diagnostic.column <= line.count + 1 {
      let before = Self.count(line.prefix(diagnostic.column - 1))
      let length = Self.count(line.dropFirst(diagnostic.column - 1).prefix(diagnostic.length))
      members.append(.init(name: "startColumn", value: JSON(number: before + 1)))
      members.append(.init(name: "endColumn", value: JSON(number: before + max(1, length) + 1)))
    }
    members.append(.init(name: "snippet", value: ["text": .string(String(decoding: line, as: UTF8.self))]))
    return .object(members)
  }

  private static func count(_ bytes: ArraySlice<UInt8>) -> Int {
    String(decoding: bytes, as: UTF8.self).unicodeScalars.count
  }
}
