import Model

/// What `dmake lint --explain CODE` says of a kind of finding, at length.
///
/// Each text is a paragraph without line breaks. Both examples are policies that can be checked: the wrong one has a
/// finding of this kind, the right one, which means the same, has none at all.
public struct Explanation: Equatable, Sendable {
  /// A policy with the files beside it.
  public struct Example: Equatable, Sendable {
    public struct File: Equatable, Sendable {
      public let path: String
      public let text: String
      public let isExecutable: Bool

      public init(_ path: String, _ text: String, isExecutable: Bool = false) {
        self.path = path
        self.text = text
        self.isExecutable = isExecutable
      }
    }

    /// The DMakefile's text.
    public let policy: String
    public let files: [File]

    public init(_ policy: String, files: [File] = []) {
      self.policy = policy
      self.files = files
    }
  }

  /// A few words, without a full stop.
  public let title: String
  public let what: String
  public let why: String
  public let how: String
  /// Nil for both where the finding is about bytes or files that no text can show.
  public let wrong: Example?
  public let right: Example?

  init(
    _ title: String, what: String, why: String, how: String, wrong: Example? = nil, right: Example? = nil
  ) {
    self.title = title
    self.what = what
    self.why = why
    self.how = how
    self.wrong = wrong
    self.right = right
  }

  init(_ title: String, what: String, why: String, how: String, wrong: String, right: String) {
    self.init(
      title, what: what, why: why, how: how, wrong: Example(wrong + "\n"), right: Example(right + "\n"))
  }
}

extension DiagnosticCode {
  /// What this kind of finding means; every code has a text of its own.
  public var explanation: Explanation { Self.explanations[self] ?? Explanation("", what: "", why: "", how: "") }

  private static let explanations = SortedMap<DiagnosticCode, Explanation>(
    Explanation.ofFiles + Explanation.ofMeaning + Explanation.ofText + Explanation.ofRecipes
      + Explanation.ofGraph + Explanation.ofFlow
      + Explanation.ofDocuments + Explanation.ofTree + Explanation.ofSuppressions)
}

extension DiagnosticCode: Comparable {
  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
