/// How a run of make ended.
struct MakeOutcome: Equatable, Sendable {
  /// A recipe that the wrapper killed.
  struct Stopped: Equatable, Sendable {
    enum Reason: Equatable, Sendable { case timedOut, flooded, grew, busy }
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
  /// Why make itself was stopped; nil where it ended by itself.
  let stop: Stopped.Reason?
  var isStopped: Bool { stop != nil }
  /// Processes that were left when make had ended, and were killed.
  let leftovers: Int
}
