/// Something about a policy that its author should know, with its place.
///
/// Diagnostics are values: parsers collect them and never throw on what a user wrote; ``DiagnosticRenderer`` is the
/// one place that gives them a form.
public struct Diagnostic: Hashable, Sendable {
  /// From the mildest: advice, which changes no exit code; what is probably a mistake; what must not be activated.
  public enum Severity: String, Hashable, Sendable, CaseIterable, Comparable {
    case info, warning, error

    public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

    private var rank: Int {
      switch self {
      case .info: 0
      case .warning: 1
      case .error: 2
      }
    }
  }

  /// What kind of finding it is; stable from release to release.
  public let code: DiagnosticCode
  public let severity: Severity
  /// Relative to the bundle.
  public let file: String
  /// From 1; 0 where the finding is about the whole file.
  public let line: Int
  /// The byte of the line at which it begins, from 1; 0 where it is about the whole line.
  public let column: Int
  /// In bytes.
  public let length: Int
  public let message: String
  /// Why it matters.
  public let note: String?
  /// How to mend it.
  public let hint: String?

  public init(
    _ code: DiagnosticCode, _ severity: Severity = .error, file: String, line: Int, column: Int = 0,
    length: Int = 1, message: String, note: String? = nil, hint: String? = nil
  ) {
    self.code = code
    self.severity = severity
    self.file = file
    self.line = line
    self.column = column
    self.length = length
    self.message = message
    self.note = note
    self.hint = hint
  }
}

extension Diagnostic: Comparable {
  /// In the order of a reader: by place, then by code.
  public static func < (left: Self, right: Self) -> Bool {
    (left.file, left.line, left.column, left.code.rawValue, left.message)
      < (right.file, right.line, right.column, right.code.rawValue, right.message)
  }
}

extension Sequence where Element == Diagnostic {
  /// Whether a policy with these findings must not be activated.
  public var hasErrors: Bool { contains { $0.severity == .error } }
  /// Whether there is more than advice.
  public var hasWarnings: Bool { contains { $0.severity >= .warning } }
}
