import GroupProtocol
import Model

extension Dice {
  mutating func request() throws -> OperatorRequest {
    switch number(0...9) {
    case 9: .log(try nodeName(), try logQuery())
    case 8: .whyNot(text(), since: maybe { $0.word() })
    case 6: .planRollback(to: maybe { $0.digest() })
    case 7: .lift(targets: list { $0.text() }, author: text())
    case 0: .apply(try bundle(), author: text(), expected: maybe { $0.digest() })
    case 1: .plan(try bundle())
    case 2: .rollback(to: maybe { $0.digest() }, author: text(), expected: maybe { $0.digest() })
    case 3: .history
    case 4: .status(files: maybe { $0.text() })
    default: .why(try reference(), at: maybe { $0.word() })
    }
  }

  mutating func record() -> PolicyRecord {
    PolicyRecord(policy: digest(), index: word(), time: time(), author: text(), isActive: flag())
  }

  mutating func explanation(depth: Int = 2) throws -> Explanation {
    Explanation(
      index: word(), time: time(), provenance: try provenance(), earlier: list { $0.word() },
      causes: depth == 0 ? [] : try list { try $0.explanation(depth: depth - 1) })
  }

  mutating func explanationReport() throws -> ExplanationReport {
    ExplanationReport(
      value: try reference(), at: word(), explanations: try list { try $0.explanation() },
      removedAt: maybe { $0.word() }, since: word(), isCut: flag())
  }

  mutating func cause() throws -> WhyNotReport.Cause {
    switch number(0...8) {
    case 0: .noRule(nearest: list { $0.text() }, isFileThere: flag())
    case 1: .absentNode(try nodeName())
    case 2: .failed(problem())
    case 3: .needsFailed(list { $0.text() }, maybe { $0.problem() })
    case 4: .unchanged(since: word())
    case 5: .madeSame(word())
    case 6: .didRun(word())
    case 7: .neverRan
    default: .due(list { $0.text() })
    }
  }

  mutating func whyNotReport() throws -> WhyNotReport {
    let account = maybe { dice in
      RuleAccount(
        target: dice.text(), place: dice.place(), ranAt: dice.maybe { $0.word() },
        changedAt: dice.maybe { $0.word() },
        inputs: dice.list { dice in
          RuleAccount.Input(
            reference: dice.text(), changedAt: dice.maybe { $0.word() }, madeAt: dice.maybe { $0.word() })
        }, failedNeeds: dice.list { $0.text() })
    }
    return WhyNotReport(target: text(), since: word(), causes: try list { try $0.cause() }, account: account)
  }

  mutating func provenanceHistory() throws -> ProvenanceHistory {
    var records = SortedMap<ValueReference, [ProvenanceHistory.Record]>()
    for _ in 0..<number(0...3) {
      let count = UInt64(number(1...4))
      records[try reference()] = try (0..<count).reversed().map { position in
        ProvenanceHistory.Record(
          index: position * 7, tick: position, time: time(), provenance: try maybe { try $0.provenance() })
      }
    }
    return ProvenanceHistory(since: word(), records: records)
  }

  mutating func plan() throws -> Plan {
    Plan(
      policy: digest(), active: maybe { $0.digest() },
      changes: try list { dice in
        Plan.Change(path: try dice.path(), old: dice.maybe { $0.content() }, new: dice.maybe { $0.content() })
      }, problems: list { $0.problem() }, diagnostics: text())
  }

  mutating func statusNode() throws -> StatusReport.Node {
    StatusReport.Node(
      name: try nodeName(), phase: one(of: NodePhase.allCases), incarnation: word(), isConnected: flag(),
      agentVersion: text(), groups: text(), leaseTicksLeft: UInt64(number(0...1_000_000)),
      outdatedFiles: number(0...9),
      problems: try list { try $0.applied() },
      processes: try list { try $0.process() })
  }

  mutating func status() throws -> StatusReport {
    StatusReport(
      epoch: word(), index: word(), tick: word(), timing: timing(), time: time(), policy: maybe { $0.record() },
      lastRound: word(), rounds: word(), isRoundRunning: flag(), nodes: try list { try $0.statusNode() },
      problems: list { $0.problem() },
      files: try list {
        StatusReport.File(path: try $0.path(), index: $0.word(), content: $0.content())
      })
  }

  mutating func answer() throws -> OperatorAnswer {
    switch number(0...8) {
    case 8: .log(maybe { $0.logChunk() })
    case 7: .notRun(try whyNotReport())
    case 6: .lifted(list { $0.text() }, index: word())
    case 0: .activated(policy: digest(), index: word())
    case 1: .planned(try plan())
    case 2: .history(list { $0.record() })
    case 3: .status(try status())
    case 4: .explained(try explanationReport())
    default: .rejected(Rejection(one(of: Rejection.Reason.allCases), text()))
    }
  }

  mutating func leaderState() throws -> LeaderState {
    var state = LeaderState()
    (state.epoch, state.birthEpoch, state.index, state.tick) = (word(), word(), word(), word())
    (state.time, state.timing, state.quietUntil, state.brakeUntil) = (time(), timing(), word(), word())
    for _ in 0..<number(0...5) { state.tree.apply(TreeChange(try path(), content()), at: word()) }
    for _ in 0..<number(0...3) { state.nodes[try nodeName()] = try stateNode() }
    for _ in 0..<number(0...3) {
      state.departed[try nodeName()] = LeaderState.Departure(
        instance: text(), incarnation: word(), acknowledged: word(), index: word())
    }
    state.events = try list { try $0.event() }
    let bundles = try list { try $0.bundle() }
    state.policies = PolicyHistory(
      records: bundles.map { PolicyHistory.Record(policy: $0.digest, index: 7, time: time(), author: text()) },
      bundles: SortedMap(bundles.map { ($0.digest, $0) }))
    (state.interest, state.problems) = (try interest(), list { $0.problem() })
    for _ in 0..<number(0...3) {
      state.memory[text()] = bytes()
      state.changed.insert(try path())
      state.staleEvents.insert(try path())
    }
    state.provenance = try provenanceHistory()
    state.lifted = SortedSet(list { $0.text() })
    state.running = try maybe { dice in
      LeaderState.RunningRound(
        index: dice.word(), tick: dice.word(), members: try dice.list { try $0.nodeName() },
        changed: SortedSet(try dice.list { try $0.path() }))
    }
    state.deferred = try list { LeaderState.DeferredEntry(index: $0.word(), entry: try $0.entry()) }
    (state.isDirty, state.rounds, state.lastRound) = (flag(), word(), word())
    return state
  }

  private mutating func stateNode() throws -> LeaderState.Node {
    LeaderState.Node(
      instance: text(), incarnation: word(), phase: one(of: NodePhase.allCases), leaseEnd: word(),
      acknowledged: word(), seen: word(), owned: SortedSet(try list { try $0.nodeFile() }), isAnnounced: flag(),
      joinedAt: word(), lostAt: maybe { $0.word() },
      local: try maybe { try $0.localPart() } ?? .none, inForce: try inForce())
  }
}
