import Dispatch
import Model

/// Runs rounds of a policy: the driver of the make wrapper.
///
/// It owns the folder ROOT, a copy of the tree in which make works, and is used from one serial place (the
/// leader). What it decides are pure functions in files of their own; it starts make, reads and writes files.
/// Everything that must survive a restart is in the ``WrapperMemory`` that rounds hand in and out.
public actor RoundRunner {
  private let settings: WrapperSettings
  /// Rounds block on make, so they have a thread of their own rather than one of the cooperative pool's few.
  private nonisolated let executor = BlockingExecutor(label: "dmake.rounds")
  public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  public init(settings: WrapperSettings) { self.settings = settings }

  /// Makes a bundle available to rounds that name its digest. Installing one twice is no error.
  public func install(_ bundle: Bundle) throws(WrapperError) {}

  /// Brings ROOT and the time stamps in it to what `tree` and `memory` say, whatever is there now: once at the
  /// start, and after a snapshot was taken from elsewhere.
  public func prepare(tree: Tree, memory: WrapperMemory) throws(WrapperError) {}

  /// Runs the policy over the request's tree to its fixed point. Afterwards ROOT is the tree with the result's
  /// changes. What keeps the round as a whole from running, a full disk say, is a problem of the kind
  /// `unreadable` in the result, with a tick at which to try again.
  public func run(_ request: RoundRequest) -> RoundResult {
    RoundResult(
      index: request.index, changes: [], handled: [], problems: [], provenance: [], memory: [], interest: nil,
      passes: 0)
  }

  /// What a round with `bundle` would give: the same as ``run(_:)``, in a private copy of ROOT.
  public func trial(_ bundle: Bundle, _ request: RoundRequest) -> RoundResult { run(request) }
}
