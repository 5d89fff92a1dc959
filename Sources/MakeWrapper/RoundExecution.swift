import DMakefile
import FileTree
import Linux
import Model

/// One round while it runs: the tree and the memory as they become, pass by pass.
///
/// The parent of the parts in the `RoundExecution+….swift` files. It lives as long as the round, in one thread.
///
/// A pass is a row of waves (``WavePlan``), each a run of make over a slice of the policy. What a pass assigns is
/// visible in the next one. Only rules that something has happened to are ever looked at, the candidates.
final class RoundExecution {
  /// What of an input was before, and is now; for provenance.
  struct InputChange {
    let old: String?
    let new: String?
  }

  let request: RoundRequest
  let policy: MakePolicy
  let workshop: Workshop
  let settings: WrapperSettings
  let validate: (TreePath, Content) -> String?
  /// The memory as it was when the round began.
  let before: RoundMemory
  let eventViews: EventViews

  /// Passes so far, for stamps; a quarantine begins a new count for the limit, not for these.
  var pass = 0
  /// Rules that may have a reason to run.
  var candidates: Set<String> = []
  var changedInputs: [String: InputChange] = [:]
  var provenance = SortedMap<ValueReference, Provenance>()
  /// Why the rules ran that ran in this round.
  var reasons: [String: [RunReason]] = [:]
  /// The name of the last run of make, which no value can know.
  var runName = ""
  /// Rules that succeeded in this round.
  var done: Set<String> = []
  /// What the order-only prerequisites of these held then.
  var orders: [String: Digest] = [:]
  /// Files whose tags have been assigned since they were assembled.
  var touched = SortedSet<TreePath>()
  /// Files that were assembled in this round.
  var assembledPaths = SortedSet<TreePath>()
  /// Files of the tree that this round has written or removed.
  var written = SortedSet<TreePath>()
  var outputs = OutputHistory()

  var root: FileTreeStore { workshop.root }
  var scratch: Directory { workshop.scratch }
  var tree: Tree { workshop.tree }
  var graph: RuleGraph { workshop.rules }
  var memory: RoundMemory {
    _read { yield workshop.memory }
    _modify { yield &workshop.memory }
  }

  /// `workshop` follows the request already.
  init(
    request: RoundRequest, policy: MakePolicy, workshop: Workshop, settings: WrapperSettings,
    validate: @escaping (TreePath, Content) -> String?
  ) {
    self.validate = validate
    self.request = request
    self.policy = policy
    self.workshop = workshop
    self.settings = settings
    before = workshop.memory
    eventViews = EventViews(request.events)
  }

  /// Runs passes until nothing changes.
  func run() throws(RoundFailure) -> RoundResult {
    let isNewPolicy = activatePolicy()
    let isWhole = isNewPolicy || workshop.isInterrupted
    workshop.isInterrupted = true
    let graphBefore = try refreshGraph()
    if isWhole {
      try refreshInputs(Array(graph.inputs.keys))
      candidates.formUnion(graph.targets)
    } else {
      try refreshInputs(since: graphBefore)
      candidates.formUnion(graph.alwaysDue)
    }
    // Its templates may be others.
    if isNewPolicy { try assemble(workshop.assigners.paths) }
    liftQuarantines()
    addRetries()
    var history = PassHistory(start: outputs.state)
    while pass < PassHistory.totalLimit {
      pass += 1
      if pass > 1 { try refreshInputs(since: try refreshGraph()) }
      guard let ran = try runPass() else {
        if try refuseConflicts() { continue }
        break
      }
      try assembleTouched()
      let isLast = pass == PassHistory.totalLimit
      if let ending = history.oscillation(after: ran, state: outputs.state, isLast: isLast) {
        try quarantine(ending)
        history = PassHistory(start: outputs.state)
      }
    }
    postponeFailures()
    workshop.values.endRound()
    let result = result()
    workshop.isInterrupted = false
    return result
  }

  /// Runs waves until no rule has a reason that may run. Answers the rules that succeeded, or nil if none had to run.
  private func runPass() throws(RoundFailure) -> SortedSet<String>? {
    var succeeded: SortedSet<String>?
    while true {
      let state = ruleState
      let stopped = memory.failures.filter { graph.rules[$0].map(state.mustWait) ?? false }
      // As make does it: what needs the target of a rule that failed, if only to be there, is not made anew.
      let waiting = graph.reach(from: stopped, graph.successors)
      // What waits may have reasons of its own when it needs to wait no more.
      let blocked = candidates.intersection(waiting)
      let due = candidates.subtracting(blocked).filter { graph.rules[$0].map(state.isDue) ?? false }
      candidates = due.union(blocked)
      let wave = WavePlan(graph: graph, due: due, waiting: waiting)
      guard !wave.ready.isEmpty else { return succeeded }
      let share = EventViews.share(wave.ready, pendingEvents, graph)
      for target in share.targets { reasons[target] = reasons(of: target, state) }
      candidates = Set(wave.held + share.later).union(blocked)
      let accepted = try withView(share.view) { () throws(RoundFailure) in try runWave(share.targets) }
      noteHandled(accepted, share.view)
      succeeded = (succeeded ?? []).union(accepted)
    }
  }

  /// Runs rules at once. Answers those that succeeded.
  private func runWave(_ ready: [String]) throws(RoundFailure) -> SortedSet<String> {
    let samples = try samples(of: ready)
    let accepted = try take(runMake(ready), of: ready)
    try repeatRuns(of: samples.filter { accepted.contains($0.target) })
    return accepted
  }

  private func addRetries() {
    let state = ruleState
    candidates.formUnion(memory.failures.filter { graph.rules[$0].map { !state.mustWait($0) } ?? false })
  }

  /// A rule that had failed does so no more, or is no more: what it has kept waiting may have reasons of its own.
  func release(_ target: String) {
    guard memory[failure: target] != nil else { return }
    memory[failure: target] = nil
    candidates.formUnion(graph.reach(from: [target], graph.successors))
  }

  /// A new policy is a reason to try everything again: what failed may have been corrected. Answers whether it is one.
  private func activatePolicy() -> Bool {
    // What kept the last round as a whole from running is not known to stand any more.
    memory[failure: Bundle.policyFile] = nil
    guard memory.policy != request.policy.bytes else { return false }
    memory.policy = request.policy.bytes
    for target in memory.failures { memory[failure: target] = nil }
    for target in memory.findings { memory[finding: target] = nil }
    return true
  }

  /// Whether what the rule makes is there: for one that only assigns, its values.
  private func exists(_ target: String) -> Bool {
    if root.digest(of: target) != nil { return true }
    guard onlyAssigns(target), graph.rules[target]?.output?.tag != nil else { return false }
    return memory.hasAssignments(of: target)
  }

  var ruleState: RuleState {
    RuleState(
      graph: graph, memory: memory, tick: request.tick,
      digests: digests, exists: { [unowned self] in exists($0) }, done: done, orders: orders,
      notified: Set(pendingEvents.filter { $0.value.contains { $0.1 > 0 } }.keys))
  }

  var digests: ReadDigests {
    ReadDigests(graph: graph, memory: memory, ofFile: { [unowned self] in root.digest(of: $0) })
  }
}

/// What ends a round without a result of its own.
enum RoundFailure: Error {
  case file(SystemError)
  case make(MakeProcessError)
  /// make cannot read the policy with this tree; what it said, and where.
  case unreadable(place: SourcePlace?, message: String)
}

extension RoundFailure {
  init(_ limit: AnalysisLimit) { self = .unreadable(place: limit.place, message: limit.description) }
}
