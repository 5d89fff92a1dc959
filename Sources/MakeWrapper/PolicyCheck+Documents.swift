import DMakefile
import Model

/// Findings about documents that travel with the policy.
struct DocumentCheck {
  let bundle: Bundle
  var configurationErrors: @Sendable (Content) -> [ConfigurationError] = { _ in [] }

  /// Files of the bundle that a rule copies to a node's `DMake/config.xml` as they are, and that no agent would take.
  func configurations(of goals: [Goal]) -> [Diagnostic] {
    let names = SortedSet(goals.compactMap(copied))
    return names.flatMap { name -> [Diagnostic] in
      guard let file = bundle[name] else { return [] }
      return configurationErrors(file.content).map { error in
        Diagnostic(
          .badConfiguration, file: name, line: error.line ?? 0,
          message: "the configuration of a node is refused: \(error.message)",
          note: "an agent would go on with the configuration before",
          hint: "`dmake lint --config \(name)` checks the file alone; dmake-config(5) describes it")
      }
    }
  }

  /// The file of the bundle that is all that a goal's recipe copies.
  private func copied(_ goal: Goal) -> String? {
    guard case .file(let path) = goal.output, let file = path.nodeFile, file == .config else { return nil }
    let words = (goal.recipe ?? "").split(whereSeparator: \.isWhitespace).map(String.init)
    guard words.count == 3, words[0] == "cp", words[2] == "$@" else { return nil }
    for folder in ["$(DMAKE_BUNDLE)/", "${DMAKE_BUNDLE}/"] where words[1].hasPrefix(folder) {
      return String(words[1].dropFirst(folder.count))
    }
    return nil
  }
}

/// What is wrong with a node's configuration, and where.
public struct ConfigurationError: Equatable, Sendable {
  /// From 1; nil if unknown.
  public let line: Int?
  public let message: String
  public init(line: Int?, _ message: String) {
    self.line = line
    self.message = message
  }
}
