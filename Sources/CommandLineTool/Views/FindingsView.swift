import DMakefile
import Model

/// `dmake lint`: what is wrong with a policy, place by place.
public struct FindingsView: View {
  let diagnostics: [Diagnostic]
  let sources: Bundle

  /// - Parameter sources: the files that the diagnostics are about, for their lines.
  public init(_ diagnostics: [Diagnostic], sources: Bundle) {
    self.diagnostics = diagnostics
    self.sources = sources
  }

  public var isEmpty: Bool { diagnostics.isEmpty }
  public var hasErrors: Bool { diagnostics.hasErrors }
  public var hasWarnings: Bool { diagnostics.hasWarnings }

  public func text(_ style: Style) -> String {
    DiagnosticRenderer(bundle: sources, colours: style.isColored).render(diagnostics)
  }

  public var json: JSON {
    .document(kind: "findings", ["findings": .array(diagnostics.map(\.json))])
  }
}

extension Diagnostic {
  var json: JSON {
    [
      "code": .string(code.rawValue), "severity": .string(severity.rawValue), "file": .string(file),
      "line": JSON(number: line), "column": JSON(number: column), "length": JSON(number: length),
      "message": .string(message), "note": JSON(note), "hint": JSON(hint),
    ]
  }
}
