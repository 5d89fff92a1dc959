import Model

/// What a run of make did, told by its messages.
struct MakeReport: Equatable, Sendable {
  /// The rules whose recipes ran.
  var ran = SortedSet<String>()
  var failures = SortedMap<String, RuleFault>()
  /// What each recipe printed.
  var outputs = SortedMap<String, String>()
}
