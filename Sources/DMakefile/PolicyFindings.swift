import Model

/// What a check has found: what stands, and what the policy's own comments take out.
public struct PolicyFindings: Equatable, Sendable {
  public struct Suppressed: Equatable, Sendable {
    public let diagnostic: Diagnostic
    /// What the author gave.
    public let reason: String
    public init(_ diagnostic: Diagnostic, reason: String) {
      self.diagnostic = diagnostic
      self.reason = reason
    }
  }

  /// In the order of their places, each once.
  public let diagnostics: [Diagnostic]
  public let suppressed: [Suppressed]

  public init(diagnostics: [Diagnostic], suppressed: [Suppressed] = []) {
    self.diagnostics = diagnostics
    self.suppressed = suppressed
  }

  /// Takes out what comments of the policy's makefiles suppress. What refuses `apply` stays whatever they say.
  ///
  /// `isComplete`: all checks were made, so that a suppression which met nothing is useless.
  public init(_ found: [Diagnostic], in makefiles: Makefiles, isComplete: Bool) {
    var diagnostics: [Diagnostic] = []
    var suppressed: [Suppressed] = []
    let readers = makefiles.files.map(SuppressionReader.init)
    let suppressions = readers.flatMap(\.suppressions)
    for diagnostic in found {
      let suppression = suppressions.first { $0.covers(diagnostic) }
      if let suppression, diagnostic.severity != .error {
        suppressed.append(Suppressed(diagnostic, reason: suppression.reason))
      } else {
        diagnostics.append(diagnostic)
      }
    }
    diagnostics += readers.flatMap(\.findings)
    diagnostics += suppressions.flatMap { Self.findings(about: $0, found, isComplete) }
    self.init(diagnostics: SortedSet(diagnostics).elements, suppressed: suppressed)
  }

  private static func findings(
    about suppression: Suppression, _ found: [Diagnostic], _ isComplete: Bool
  ) -> [Diagnostic] {
    let covered = found.filter(suppression.covers)
    return suppression.codes.compactMap { code in
      let met = covered.filter { $0.code == code }
      if met.hasErrors {
        return suppression.finding(
          .refusedSuppression, "\(code.rawValue) is an error here and cannot be suppressed",
          note: "a leader refuses the policy", hint: "mend what it says, and remove this comment")
      }
      guard met.isEmpty, isComplete, !code.isOfTree else { return nil }
      return suppression.finding(
        .uselessSuppression, "there is no \(code.rawValue) here to suppress",
        note: "it would hide one that comes later",
        hint: "remove the comment, or put it on the line of the finding or directly above its rule")
    }
  }
}

extension DiagnosticCode {
  /// Whether only a leader's tree shows it.
  public var isOfTree: Bool { rawValue.hasPrefix("DM5") }
}
