import GroupProtocol
import MakeWrapper
import Model
import Transport

extension LeaderDriver {
  func operate(_ request: OperatorRequest, from peer: Peer) async -> OperatorAnswer { await answer(request) }

  /// Answers what `dmake apply` and `dmake status` ask. Only activations go through the log; everything else is read
  /// from the state.
  func answer(_ request: OperatorRequest) async -> OperatorAnswer {
    switch request {
    case .apply(let bundle, let author, let expected):
      return await checked(bundle) { _ in await activate(bundle, author: author, expected: expected) }
    case .plan(let bundle): return await checked(bundle) { await plan(bundle, warnings: $0.text) }
    case .rollback(let digest, let author, let expected):
      return await earlier(digest) { await activate($0, author: author, expected: expected) }
    case .planRollback(let digest): return await earlier(digest) { await plan($0, warnings: "") }
    case .lift(let targets, let author): return await lift(targets, author: author)
    case .history: return .history(state.policies.listing)
    case .status(let folder): return status(of: folder)
    case .whyNot(let target, let since):
      if let answer = (try? ValueReference(target)).flatMap(localAnswer) { return answer }
      let finding = await engine.account(of: target)
      do throws(Rejection) { return .notRun(try state.whyNot(target, since: since, finding)) } catch {
        return .rejected(error)
      }
    case .why(let value, let index): return explanation(of: value, at: index)
    case .log(let node, let query): return await readLog(of: node, query)
    }
  }

  /// Continues with a bundle that has no errors.
  private func checked(
    _ bundle: Bundle, _ next: (PolicyVerdict) async -> OperatorAnswer
  ) async -> OperatorAnswer {
    let verdict: PolicyVerdict
    do throws(WrapperError) {
      verdict = try await engine.check(bundle, members: state.members, processes: state.processes)
    } catch {
      return .rejected(Rejection(.unavailable, "the policy could not be checked: \(error)"))
    }
    return verdict.isAcceptable ? await next(verdict) : .rejected(Rejection(.badInput, verdict.text))
  }

  /// Hands an activation to the core and waits until the log has it, or the core has refused it.
  private func activate(_ bundle: Bundle, author: String, expected: Digest?) async -> OperatorAnswer {
    await submit { .activate($0, bundle, author: author, expected: expected) }
  }

  /// Hands an operator's request to the core, which answers when it has its effect.
  private func submit(_ input: (RequestID) -> LeaderInput) async -> OperatorAnswer {
    if isStopping { return .rejected(Self.stopping) }
    if let stall {
      return .rejected(
        Rejection(.unavailable, "the leader cannot write its log, so nothing can be changed now: \(stall)"))
    }
    requestCount += 1
    let id = RequestID(requestCount)
    return await withCheckedContinuation { continuation in
      requests[id] = continuation
      step(input(id))
    }
  }

  private func lift(_ targets: [String], author: String) async -> OperatorAnswer {
    let quarantined = state.quarantined
    if quarantined.isEmpty {
      return .rejected(Rejection(.notFound, "no rule is quarantined, so there is nothing to lift"))
    }
    if let other = targets.first(where: { !quarantined.contains($0) }) {
      let list = quarantined.joined(separator: "\n  ")
      return .rejected(Rejection(.notFound, "`\(other)` is not quarantined; these are:\n  \(list)"))
    }
    return await submit { .lift($0, targets: targets, author: author) }
  }

  /// Continues with a policy that was active before: the last other one, or that with this digest.
  private func earlier(_ digest: Digest?, _ next: (Bundle) async -> OperatorAnswer) async -> OperatorAnswer {
    let policies = state.policies
    guard let target = digest ?? policies.previous else {
      return .rejected(Rejection(.notFound, "there is no earlier policy to go back to"))
    }
    guard let bundle = policies.bundles[target] else {
      return .rejected(
        Rejection(
          .notFound, "the policy \(target) is not kept any more; `dmake apply --history` lists what there was"))
    }
    return await next(bundle)
  }

  /// Runs a bundle over the tree as it is now, in a private copy, and says what would differ.
  private func plan(_ bundle: Bundle, warnings: String) async -> OperatorAnswer {
    let state = self.state
    let request = RoundRequest(
      index: state.index, tick: state.tick, policy: bundle.digest, members: state.members,
      changed: state.changed, tree: state.tree, events: state.events, memory: state.memory,
      lifted: state.lifted,
      leftover: state.localFiles)
    let result: RoundResult
    do throws(WrapperError) { result = try await engine.trial(bundle, request) } catch {
      return .rejected(Rejection(.unavailable, "the trial could not run: \(error)"))
    }
    let changes = result.changes.compactMap { change -> Plan.Change? in
      let old = state.tree[change.path]?.content
      return old == change.content ? nil : Plan.Change(path: change.path, old: old, new: change.content)
    }
    return .planned(
      Plan(
        policy: bundle.digest, active: state.policies.active, changes: changes, problems: result.problems,
        diagnostics: warnings))
  }

  private func status(of folder: String?) -> OperatorAnswer {
    let report = core.statusReport(files: folder)
    if let folder, report.files.isEmpty, !report.nodes.contains(where: { $0.name.text == folder }) {
      return .rejected(
        Rejection(.notFound, "the tree has no folder `\(folder)`; `dmake status` lists the nodes"))
    }
    return .status(report)
  }

  /// What local rules make is explained by nobody here: the node that runs them tells their problems, and no more.
  private func localAnswer(of value: ValueReference) -> OperatorAnswer? {
    guard state.localFiles.contains(value.path) else { return nil }
    let problems = core.localProblems.filter { $0.target == value.description || $0.target == value.path.text }
    let text = problems.map { "\n  \($0)" }.joined()
    return .rejected(
      Rejection(
        .notFound,
        "`\(value.path)` is made by `[local]` rules, which node `\(value.path.top)` runs by itself; `dmake status \(value.path.top)` shows what it made"
          + (text.isEmpty ? "" : ", and this stands in the way:\(text)")))
  }

  private func explanation(of value: ValueReference, at index: LogIndex?) -> OperatorAnswer {
    if let answer = localAnswer(of: value) { return answer }
    let report: ExplanationReport
    do throws(Rejection) { report = try state.explanation(of: value, at: index) } catch {
      return .rejected(error)
    }
    if !report.explanations.isEmpty || report.removedAt != nil || index != nil { return .explained(report) }
    let names = [value.description, value.path.text]
    if let problem = state.problems.first(where: { names.contains($0.target) }) {
      return .rejected(Rejection(.notFound, "the rule of `\(value)` has made nothing yet: \(problem)"))
    }
    if state.tree[value.path] == nil {
      return .rejected(Rejection(.notFound, "the tree has no file `\(value.path)`"))
    }
    return .explained(report)
  }
}

extension LeaderState {
  /// The processes that have a folder in the tree, each name once.
  var processes: [ProcessName] {
    var names = SortedSet<ProcessName>()
    for (path, _) in tree.files {
      if let process = path.nodeFile?.process { names.insert(process) }
    }
    return names.elements
  }
}
