import DMakefile
import Linux
import Model

extension RoundExecution {
  /// Asks make for the rules when something may have changed them. Answers the graph before where it did.
  func refreshGraph() throws(RoundFailure) -> RuleGraph? {
    workshop.refreshProcesses()
    let key = graphKey
    if let cached = workshop.graph, cached.key == key, cached.looks.allSatisfy({ isThere($0) == $1 }) {
      return nil
    }
    let before = self.graph
    let processes = workshop.processes
    let makefile = Membership.makefile(members: request.members) { processes[$0] ?? [] }
    do throws(SystemError) { try root.write(HiddenFiles.membership, Content(makefile), .never) } catch {
      throw .file(error)
    }
    ledger.noteNodes(request.members)
    let (database, missing) = try readGraph()
    let graph = database.knowing(nodes: ledger.memory.nodes)
    var looks: [String: Bool] = [:]
    let all = try goals(of: graph) { name in
      let answer = isThere(name)
      looks[name] = answer
      return answer
    }
    let local = try localFiles(of: all, graph)
    let goals = goalsOfSide(all)
    let rules = try rules(graph, goals)
    do throws(SystemError) {
      workshop.graph = CachedGraph(
        graph: workshop.distortion?(rules) ?? rules, writer: SliceWriter(graph),
        groups: Dictionary(
          goals.filter { $0.recipe?.utf8.allSatisfy(" \t\r\n".utf8.contains) ?? true || $0.isPhony }.map {
            ($0.target, $0)
          },
          uniquingKeysWith: { $1 }),
        local: local, looks: looks, key: key)
      renumber(from: before)
      try workshop.setFolders(mentioned: rules.mentionedNodes, plain: Set(graph.plainFolders))
      try forgetInputs()
    } catch { throw .file(error) }
    try removeOrphans()
    do throws(SystemError) { try restoreValues() } catch { throw .file(error) }
    for (target, message) in missing { fail(target, RuleFault(.failed, message)) }
    return before
  }

  private func isThere(_ name: String) -> Bool { (try? TreePath(name)).map { tree[$0] != nil } ?? false }

  /// Brings inputs and candidates to a graph that has taken the place of `before`. What is in both and did not change
  /// is as it was left; nil is the same graph.
  func refreshInputs(since before: RuleGraph?) throws(RoundFailure) {
    guard let before else {
      try refreshInputs([])
      return
    }
    let graph = graph
    let inputs = graph.allInputs.lazy.map(Vertex.init).filter { input in
      let name = graph.name(of: input)
      guard before.input(named: name) != nil, let old = before.vertex(of: name) else { return true }
      return graph.readAsText.contains(input) && !before.readAsText.contains(old)
    }
    try refreshInputs(VertexSet(inputs))
    candidates.formUnion(graph.allRules.filter { isAnother($0, than: before) })
  }

  private func isAnother(_ vertex: Vertex, than before: RuleGraph) -> Bool {
    guard let new = graph.rule(vertex), let old = before.rule(named: new.target) else { return true }
    return old.signature != new.signature || old.prerequisites != new.prerequisites
      || old.orderOnly != new.orderOnly || old.isAlwaysDue != new.isAlwaysDue
      || graph.needs(of: vertex).contains { graph.isRule($0) != before.contains(graph.name(of: $0)) }
  }

  /// Names are other vertices than they were in `before`.
  private func renumber(from before: RuleGraph) {
    let graph = graph
    func now(_ vertex: Vertex) -> Vertex? { graph.vertex(of: before.name(of: vertex)) }
    func now<Value>(_ values: [Vertex: Value]) -> [Vertex: Value] {
      Dictionary(values.compactMap { key, value in now(key).map { ($0, value) } }, uniquingKeysWith: { $1 })
    }
    candidates = VertexSet(candidates.compactMap(now)).filter(graph.isRule)
    done = VertexSet(done.compactMap(now))
    changedInputs = now(changedInputs)
    reasons = now(reasons)
    orders = now(orders)
  }

  private func goals(
    of graph: Graph, exists: (String) -> Bool
  ) throws(RoundFailure) -> [Goal] {
    let processes = workshop.processes
    do throws(AnalysisLimit) {
      return try graph.goals(members: request.members, exists: exists) { processes[$0] ?? [] }
    } catch { throw RoundFailure(error) }
  }

  private func rules(_ graph: Graph, _ goals: [Goal]) throws(RoundFailure) -> RuleGraph {
    do throws(AnalysisLimit) {
      return try RuleGraph(graph, goals: goals, policy: policy, presence: workshop.presence)
    } catch { throw RoundFailure(error) }
  }

  private var graphKey: CachedGraph.Key {
    CachedGraph.Key(
      policy: request.policy, members: request.members, processes: workshop.processes,
      included: policy.includedPaths.map { tree[$0]?.content.digest },
      existenceVersion: policy.readsEverything ? workshop.existenceVersion : 0,
      contentVersion: policy.readsContents ? workshop.contentVersion : 0)
  }

  private func readGraph() throws(RoundFailure) -> (Graph, missing: [(target: String, message: String)]) {
    do throws(SystemError) {
      try root.write(HiddenFiles.appendix, Content(HiddenFiles.appendixText), .never)
      try root.write(HiddenFiles.environment, Content(RecipeEnvironment.makefile), .never)
      root.settle()
    } catch { throw .file(error) }
    let answer = try DatabaseRun.ask(
      policy, make: settings.make, folder: root.directory.path, scratch: scratch.path,
      environment: environment)
    switch answer {
    case .graph(let graph, let missing): return (graph, missing)
    case .refused(let place, let message): throw .unreadable(place: place, message: message)
    }
  }

  /// The environment of make, in full.
  var environment: SortedMap<String, String> {
    [
      "PATH": "\(policy.installation.path):\(settings.searchPath)", "LC_ALL": "C.UTF-8", "HOME": scratch.path,
      "TMPDIR": scratch.path, "DMAKE_BUNDLE": policy.installation.path,
    ]
  }

  /// Shows make again, after a restart, the values that rules `X{tag}:` have made.
  private func restoreValues() throws(SystemError) {
    for vertex in graph.allRules {
      guard let rule = graph.rule(vertex), let output = rule.output, output.tag != nil, !rule.onlyAssigns,
        root.digest(of: rule.target) == nil, let values = ledger[assignments: vertex]?.values[output]
      else { continue }
      try root.write(rule.target, TagValues.content(of: values), ledger[rule: vertex]?.changed ?? .never)
    }
  }
}
