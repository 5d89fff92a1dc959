import Model

/// What a run of make did, told by its messages.
struct MakeReport: Sendable {
  /// The rules whose recipes ran.
  var ran: VertexSet = []
  /// By target, which may be no rule's.
  var failures = SortedMap<String, RuleFault>()
  /// What each recipe printed.
  var outputs = SortedMap<String, String>()
}
