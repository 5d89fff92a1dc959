import Model

/// What a run of make did, told by its messages.
struct MakeReport: Equatable, Sendable {
  struct Failure: Equatable, Sendable {
    let kind: RuleProblem.Kind
    let place: SourcePlace?
    let message: String
  }

  /// The rules whose recipes ran.
  var ran = SortedSet<String>()
  var failures = SortedMap<String, Failure>()
  /// What each recipe printed.
  var outputs = SortedMap<String, String>()
}
