import DMakefile
import Linux
import Model

extension RoundExecution {
  /// Asks make for the rules when something may have changed them.
  func refreshGraph() throws(RoundFailure) {
    let processes = processes
    let key = graphKey(processes)
    if let cachedGraph, cachedGraph.key == key { return }
    let makefile = Membership.makefile(members: request.members) { processes[$0] ?? [] }
    do throws(SystemError) { try root.write(HiddenFiles.membership, Content(makefile), .never) } catch {
      throw .file(error)
    }
    let graph = try readGraph()
    let goals = graph.goals(members: request.members) { processes[$0] ?? [] }
    cachedGraph = CachedGraph(
      graph: RuleGraph(graph, goals: goals, policy: policy, members: request.members, tree: tree),
      key: key)
    do throws(SystemError) { try forgetInputs() } catch { throw .file(error) }
    try removeOrphans()
    do throws(SystemError) { try restoreValues() } catch { throw .file(error) }
  }

  /// The processes that each member is told to run.
  private var processes: [NodeName: [ProcessName]] {
    var processes: [NodeName: [ProcessName]] = [:]
    for member in request.members {
      let path = TreePath.nodeConfig(member)
      let names = TagValues.values(in: values.content(of: "process/@name", in: path, tree[path]?.content))
      processes[member] = SortedSet(names.compactMap { try? ProcessName($0) }).elements
    }
    return processes
  }

  /// Everything that the graph depends on: the policy, who is there, and what make's functions see.
  private func graphKey(_ processes: [NodeName: [ProcessName]]) -> Digest {
    var bytes = request.policy.bytes
    for member in request.members { bytes += Array("\(member) \(processes[member] ?? [])\n".utf8) }
    for path in policy.includedPaths { bytes += tree[path]?.content.digest.bytes ?? [0] }
    guard policy.readsEverything else { return Digest(of: bytes) }
    for (path, file) in tree.files {
      bytes += Array("\(path)\n".utf8)
      if policy.readsContents { bytes += file.content.digest.bytes }
    }
    return Digest(of: bytes)
  }

  private func readGraph() throws(RoundFailure) -> Graph {
    let answer = try DatabaseRun.ask(
      policy, make: settings.make, folder: root.directory.path, scratch: scratch.path,
      environment: environment, prepare: { () throws(RoundFailure) in try writeAppendix(forcing: []) })
    switch answer {
    case .graph(let graph): return graph
    case .refused(let place, let message): throw .unreadable(place: place, message: message)
    }
  }

  /// What make reads behind the policy. Of a rule without prerequisites nothing can be newer than its target, so
  /// those that must run get one, which no automatic variable names; their targets stay, for a recipe may build on
  /// what it made before.
  func writeAppendix(forcing forced: some Sequence<String>) throws(RoundFailure) {
    let targets = forced.filter { graph.rules[$0]?.prerequisites.isEmpty == true }
    let force = targets.map { "\($0): private .EXTRA_PREREQS := \(HiddenFiles.newest)\n" }.joined()
    do throws(SystemError) {
      try root.write(HiddenFiles.newest, Content(""), .input(request.index, pass: pass))
      try root.write(HiddenFiles.appendix, Content(HiddenFiles.appendixText + force), .never)
    } catch { throw .file(error) }
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
    for rule in graph.rules.values {
      guard let output = rule.output, output.tag != nil, root.digest(of: rule.target) == nil,
        let values = memory[assignments: rule.target]?.values[output]
      else { continue }
      try root.write(
        rule.target, TagValues.content(of: values), memory[rule: rule.target]?.stamp ?? .never)
    }
  }
}
