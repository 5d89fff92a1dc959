public import Model

/// How much work the analysis of one policy may be. A short policy can stand for more rules, names and text than any
/// machine can hold; what would do that is refused, whatever it is that grows.
///
/// Work is counted in steps, about one for each byte that is made or looked at, since a core reads no clock. Whoever
/// has spent the budget stops at once, and the analysis as a whole ends with ``AnalysisLimit``. It is one value for
/// all that takes part, so it is an object.
final class AnalysisBudget {
  /// Enough for about a million rules with short names, and spent within seconds.
  static let standardSteps = 1 << 28
  /// What a name costs beside its bytes, and what a reference costs, which is to be looked up.
  static let nameSteps = 32

  private(set) var rest: Int
  var isSpent: Bool { rest < 0 }

  init(steps: Int = AnalysisBudget.standardSteps) { rest = steps }

  /// Answers whether there is enough for it. Once there was not, there never is.
  @discardableResult
  func spend(_ steps: Int) -> Bool {
    guard rest >= 0 else { return false }
    rest -= steps
    return rest >= 0
  }

  @discardableResult
  func spend(names: [String]) -> Bool {
    spend(names.reduce(0) { $0 + $1.utf8.count + Self.nameSteps })
  }
}

/// A policy means more than the analysis takes on.
public struct AnalysisLimit: Error, Equatable, Sendable, CustomStringConvertible {
  /// The rule at which it was found out.
  public let place: SourcePlace?
  /// What the rule makes, as the policy names it.
  public let target: String

  public init(place: SourcePlace?, target: String) {
    self.place = place
    self.target = target
  }

  /// How it is told where the place stands beside.
  public var description: String {
    "the rules make more names or text than the limits allow; the analysis stopped at `\(shownTarget)`: look for a list, a variable or a chain of patterns that multiplies"
  }

  /// A name may be what has grown.
  private var shownTarget: String {
    target.utf8.count <= 200 ? target : "\(target.prefix(200))…"
  }
}
