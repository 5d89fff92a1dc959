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
  var candidates: VertexSet = []
  var changedInputs: [Vertex: InputChange] = [:]
  var provenance = SortedMap<ValueReference, Provenance>()
  /// Why the rules ran that ran in this round.
  var reasons: [Vertex: [RunReason]] = [:]
  /// The names of the runs of make for the wave, which no value can know.
  var runNames: [String] = []
  /// How many processes were at work for the wave.
  var partCount = 1
  /// Rules that succeeded in this round.
  var done: VertexSet = []
  /// What the order-only prerequisites of these held then.
  var orders: [Vertex: Digest] = [:]
  /// Files whose tags have got other values since they were assembled.
  var touched: Set<TreePath> = []
  /// Files whose tags rules have set in this round, be it to what they were.
  var assignedPaths: Set<TreePath> = []
  /// Files of the tree that this round has written or removed.
  var written = SortedSet<TreePath>()
  var outputs = OutputHistory()
  /// How many bytes the files may still have together that this round changes: its result is one entry of the log.
  var roomBytes = RoundExecution.changeLimitBytes
  static let changeLimitBytes = 128 << 20

  var root: FileTreeStore { workshop.root }
  var scratch: Directory { workshop.scratch }
  var tree: Tree { workshop.tree }
  var graph: RuleGraph { workshop.rules }
  var ledger: Ledger { workshop.ledger }

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
    before = workshop.ledger.memory
    eventViews = EventViews(request.events)
  }

  /// Runs passes until nothing changes.
  func run() throws(RoundFailure) -> RoundResult {
    let isNewPolicy = activatePolicy()
    let isWhole = isNewPolicy || workshop.isInterrupted
    workshop.isInterrupted = true
    let graphBefore = try refreshGraph()
    if isWhole {
      try refreshInputs(VertexSet(graph.allInputs.lazy.map(Vertex.init)))
      candidates.formUnion(graph.allRules)
    } else {
      try refreshInputs(since: graphBefore)
      candidates.formUnion(graph.alwaysDue)
    }
    // Its templates may be others.
    if isNewPolicy { try assemble(workshop.assigners.paths.elements) }
    liftQuarantines()
    addRetries()
    var history = PassHistory(start: outputs.state)
    while pass < PassHistory.totalLimit {
      pass += 1
      if pass > 1 { try refreshInputs(since: try refreshGraph()) }
      guard let ran = try runPass() else {
        guard try refuseConflicts() else { break }
        // What was set and is taken back makes values what they were, and no rule alternates.
        history = PassHistory(start: outputs.state)
        continue
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
    ledger.endRound()
    let result = result()
    workshop.isInterrupted = false
    return result
  }

  /// Runs waves until no rule has a reason that may run. Answers the targets of those that succeeded, or nil if none
  /// had to run.
  private func runPass() throws(RoundFailure) -> [String]? {
    var succeeded: VertexSet?
    while true {
      let state = ruleState
      let stopped = failedRules.filter(state.mustWait)
      // As make does it: what needs the target of a rule that failed, if only to be there, is not made anew.
      let waiting = graph.reach(from: stopped, graph.successors)
      // What waits may have reasons of its own when it needs to wait no more.
      let blocked = candidates.intersection(waiting)
      let due = candidates.subtracting(blocked).filter(state.isDue)
      candidates = due.union(blocked)
      let wave = WavePlan(
        graph: graph, due: due, waiting: waiting, failed: due.intersection(failedRules), ran: succeeded ?? [],
        valuesAfterPass: { state.valuesAfterPass(of: $0, isProgramUnknown: self.policy.assignsByPrograms) })
      guard !wave.ready.isEmpty else { return succeeded?.map(graph.name) }
      let (share, view) = EventViews.share(wave.ready, pendingEvents, graph)
      let slice = patternShare(share.rules)
      for rule in slice.rules { reasons[rule] = reasons(of: rule, state) }
      candidates = VertexSet(wave.held + share.later + slice.later).union(blocked)
      let accepted = try withView(view) { () throws(RoundFailure) in try runWave(slice.rules) }
      noteHandled(accepted, view)
      succeeded = (succeeded ?? []).union(accepted)
    }
  }

  /// The rules that a slice can hold together.
  private func patternShare(_ ready: [Vertex]) -> WaveShare {
    guard var share = PatternShare(ready.compactMap { graph.rule($0)?.goal }) else { return WaveShare(ready) }
    return WaveShare(ready, graph) { rule in graph.rule(rule)?.goal.map { share.takes($0) } ?? true }
  }

  /// Runs rules at once. Answers those that succeeded.
  private func runWave(_ ready: [Vertex]) throws(RoundFailure) -> VertexSet {
    let samples = try samples(of: ready)
    let accepted = try take(runMake(ready), of: ready)
    try repeatRuns(of: samples.filter { accepted.contains($0.rule) })
    return accepted
  }

  private func addRetries() {
    let state = ruleState
    candidates.formUnion(failedRules.filter { !state.mustWait($0) })
  }

  private var failedRules: VertexSet { graph.vertices(of: ledger.memory.failures).filter(graph.isRule) }

  /// A rule that had failed does so no more, or is no more: what it has kept waiting may have reasons of its own.
  func release(_ target: String) {
    if let vertex = graph.vertex(of: target) { release(vertex) } else { ledger[failure: target] = nil }
  }

  func release(_ vertex: Vertex) {
    guard ledger[failure: vertex] != nil else { return }
    ledger[failure: vertex] = nil
    candidates.formUnion(graph.reach(from: [vertex], graph.successors).filter(graph.isRule))
  }

  /// A new policy is a reason to try everything again: what failed may have been corrected. Answers whether it is one.
  private func activatePolicy() -> Bool {
    // What kept the last round as a whole from running is not known to stand any more.
    ledger[failure: Bundle.policyFile] = nil
    guard ledger.policy != request.policy.bytes else { return false }
    ledger.policy = request.policy.bytes
    for target in ledger.memory.failures { ledger[failure: target] = nil }
    for target in ledger.memory.findings { ledger[finding: target] = nil }
    return true
  }

  /// Whether what the rule makes is there: for one that only assigns, its values.
  private func exists(_ vertex: Vertex) -> Bool {
    guard let rule = graph.rule(vertex) else { return false }
    if rule.onlyAssigns, rule.output?.tag != nil, ledger[assignments: vertex] != nil { return true }
    return root.digest(of: rule.target) != nil
  }

  var ruleState: RuleState {
    RuleState(
      graph: graph, ledger: ledger, tick: request.tick,
      digests: digests, exists: { [unowned self] in exists($0) }, done: done, orders: orders,
      notified: VertexSet(pendingEvents.filter { $0.value.contains { $0.1 > 0 } }.keys))
  }

  var digests: ReadDigests {
    ReadDigests(graph: graph, ledger: ledger, ofFile: { [unowned self] in root.digest(of: $0) })
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
