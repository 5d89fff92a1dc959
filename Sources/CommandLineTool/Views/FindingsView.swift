import DMakefile
import Model

/// `dmake lint`: what is wrong with a policy, place by place.
public struct FindingsView: View {
  let findings: PolicyFindings
  let sources: Bundle

  /// - Parameter sources: the files that the findings are about, for their lines.
  public init(_ findings: PolicyFindings, sources: Bundle) {
    self.findings = findings
    self.sources = sources
  }

  public var isEmpty: Bool { findings.diagnostics.isEmpty }
  public var hasErrors: Bool { findings.diagnostics.hasErrors }

  /// Advice alone counts as nothing found; a text that could not be looked at is no policy at all.
  public var status: ExitStatus {
    if findings.diagnostics.contains(where: { $0.code.isUnreadable }) { return .badInput }
    return findings.diagnostics.hasWarnings ? .found : .done
  }

  public func text(_ style: Style) -> String {
    DiagnosticRenderer(bundle: sources, colours: style.isColored).render(findings.diagnostics)
  }

  public var json: JSON {
    .document(
      kind: "findings",
      [
        "findings": .array(findings.diagnostics.map { .object($0.members) }),
        "suppressed": .array(
          findings.suppressed.map { suppressed in
            .object(suppressed.diagnostic.members + [.init(name: "reason", value: .string(suppressed.reason))])
          }),
      ])
  }
}

extension DiagnosticCode {
  /// Whether the policy's text was not looked at.
  fileprivate var isUnreadable: Bool {
    switch self {
    case .missingPolicy, .notUTF8, .tooLarge, .nulByte: true
    default: false
    }
  }
}

extension Diagnostic {
  fileprivate var members: [JSON.Member] {
    [
      ("code", .string(code.rawValue)), ("severity", .string(severity.rawValue)), ("file", .string(file)),
      ("line", JSON(number: line)), ("column", JSON(number: column)), ("length", JSON(number: length)),
      ("message", .string(message)), ("note", JSON(note)), ("hint", JSON(hint)),
    ].map { JSON.Member(name: $0, value: $1) }
  }
}
