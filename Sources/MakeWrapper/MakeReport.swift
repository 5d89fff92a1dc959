import Model

/// What a run of make did, told by its messages.
struct MakeReport: Sendable {
  /// The rules whose recipes ran.
  var ran: VertexSet = []
  /// By target, which may be no rule's.
  var failures = SortedMap<String, RuleFault>()
  /// What each recipe printed.
  var outputs = SortedMap<String, String>()

  /// Adds what another run of make did, for other rules of the same wave.
  mutating func add(_ other: MakeReport) {
    ran.formUnion(other.ran)
    for (target, fault) in other.failures { failures[target] = fault }
    for (target, output) in other.outputs { outputs[target, default: ""] += output }
  }
}
