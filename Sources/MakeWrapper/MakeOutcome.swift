/// How a run of make ended.
struct MakeOutcome: Equatable, Sendable {
  /// A recipe that the wrapper killed.
  struct Stopped: Equatable, Sendable {
    enum Reason: Equatable, Sendable { case timedOut, flooded }
    /// The recipe's target; nil for something that make ran while it read the makefile.
    let target: String?
    let reason: Reason
  }

  /// -1 where a signal ended it.
  let exitCode: Int32
  let signal: Int32
  /// What make and the recipes printed, both streams in one, each recipe's part cut in its middle.
  let output: String
  let stopped: [Stopped]
  /// Whether make itself was stopped by the limit of the whole run, or for printing without end.
  let isStopped: Bool
  /// Processes that were left when make had ended, and were killed.
  let leftovers: Int
}
