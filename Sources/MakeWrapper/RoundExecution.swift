import FileTree
import Linux
import Model

/// One round while it runs: the tree and the memory as they become, pass by pass.
///
/// The parent of the parts in the `RoundExecution+….swift` files. It lives as long as the round, in one thread.
final class RoundExecution {
  /// What of an input was before, and is now; for provenance.
  struct InputChange {
    let old: String?
    let new: String?
  }

  let request: RoundRequest
  let policy: MakePolicy
  let root: FileTreeStore
  let scratch: Directory
  let settings: WrapperSettings
  let validate: (TreePath, Content) -> String?
  /// The memory as it was when the round began.
  let before: RoundMemory
  let lastInterest: Interest?

  var tree: Tree
  var memory: RoundMemory
  var values: TagValues
  var cachedGraph: CachedGraph?
  var graph: RuleGraph { cachedGraph?.graph ?? RuleGraph.empty }

  /// Passes so far, for stamps; a quarantine begins a new count for the limit, not for these.
  var pass = 0
  var changedInputs: [String: InputChange] = [:]
  var provenance = SortedMap<ValueReference, Provenance>()
  /// Why make ran the rules that ran in this round.
  var reasons: [String: String] = [:]
  /// Rules that succeeded in this round.
  var done: Set<String> = []
  /// Files whose tags have been assigned since they were assembled.
  var touched = SortedSet<TreePath>()
  /// Files that recipes wrote without being their rule; they have been taken away.
  var undeclared = SortedSet<String>()
  private var history = PassHistory(start: Digest(of: []))

  init(
    request: RoundRequest, policy: MakePolicy, workshop: Workshop, settings: WrapperSettings,
    validate: @escaping (TreePath, Content) -> String?
  ) {
    self.validate = validate
    self.request = request
    self.policy = policy
    self.settings = settings
    root = workshop.root
    scratch = workshop.scratch
    values = workshop.values
    cachedGraph = workshop.graph
    lastInterest = workshop.lastInterest
    before = RoundMemory(request.memory)
    memory = before
    tree = request.tree
  }

  /// Runs passes until nothing changes.
  func run() throws(RoundFailure) -> RoundResult {
    activatePolicy()
    try showTree()
    try refreshGraph()
    try refreshInputs()
    liftQuarantines()
    history = PassHistory(start: stateDigest)
    while pass < PassHistory.totalLimit {
      pass += 1
      if pass > 1 {
        try refreshGraph()
        try refreshInputs()
      }
      let plan = PassPlan(situation)
      guard !plan.goals.isEmpty else { break }
      let outcome = try runMake(plan)
      let ran = try take(outcome, of: plan)
      try assembleTouched()
      try settle(plan)
      let isLast = pass == PassHistory.totalLimit
      if let alternating = history.oscillation(after: ran, state: stateDigest, isLast: isLast) {
        try quarantine(alternating)
        history = PassHistory(start: stateDigest)
      }
    }
    postponeFailures()
    values.endRound()
    do throws(SystemError) { try root.synchronise(with: tree, stamp: memory.stamp(of:_:)) } catch {
      throw .file(error)
    }
    return result()
  }

  /// Brings ROOT to the request's tree without what is left of absent nodes: a policy must not find it there.
  private func showTree() throws(RoundFailure) {
    let presence = Presence(tree: tree, members: request.members, mentioned: [])
    do throws(SystemError) {
      try root.synchronise(with: tree, stamp: memory.stamp(of:_:)) { presence.isReadable($0) }
    } catch { throw .file(error) }
  }

  /// A new policy is a reason to try everything again: what failed may have been corrected.
  private func activatePolicy() {
    // What kept the last round as a whole from running is not known to stand any more.
    memory[failure: Bundle.policyFile] = nil
    guard memory.policy != request.policy.bytes else { return }
    memory.policy = request.policy.bytes
    for target in memory.failures { memory[failure: target] = nil }
  }

  var situation: PassPlan.Situation {
    PassPlan.Situation(
      graph: graph, memory: memory, tick: request.tick,
      inputsDigest: { [unowned self] in inputsDigest(of: $0) },
      exists: { [unowned self] in root.digest(of: $0) != nil }, done: done)
  }

  /// Everything that may alternate: outputs and assigned values.
  private var stateDigest: Digest {
    var bytes: [UInt8] = []
    for target in graph.rules.keys {
      bytes += Array(target.utf8) + [0] + (root.digest(of: target)?.bytes ?? [])
    }
    for target in memory.assigners {
      for (reference, texts) in memory[assignments: target]?.values ?? [:] {
        bytes += Array("\(target) \(reference)".utf8) + texts.flatMap { [0] + Array($0.utf8) }
      }
    }
    return Digest(of: bytes)
  }
}

/// What ends a round without a result of its own.
enum RoundFailure: Error {
  case file(SystemError)
  case make(MakeProcessError)
  /// make cannot read the policy with this tree; what it said, and where.
  case unreadable(place: SourcePlace?, message: String)
}
