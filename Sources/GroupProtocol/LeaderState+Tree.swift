import Model

extension LeaderState {
  /// The part of an entry that changes the tree, at the position that its files get.
  mutating func carryOut(_ entry: LogEntry, at position: LogIndex) -> [Outcome] {
    switch entry {
    case .opened, .finished, .tick: return []
    case .joined(let admission): return announce(admission, at: position)
    case .reported(let name, let incarnation, let report):
      // It was acknowledged, so it counts even if the agent has started anew while it waited.
      if nodes[name]?.incarnation == incarnation { nodes[name]?.seen = report.sequence }
      return carryOut(report, of: name, incarnation: incarnation, at: position)
    case .left(let name, let incarnation, _):
      guard nodes[name]?.incarnation == incarnation else { return [] }
      return lose(name, surelyStopped: true, at: position)
    case .activated(let activation):
      policies.activate(activation, at: position)
      // Problems belong to the rules of the policy that was active.
      problems = []
      lifted = []
      // What it reads is known after its first round, which begins now and reads the tree as it is; agents then
      // send what they had kept to themselves.
      isDirty = true
      return [.activated(activation.bundle.digest, index: position)]
    case .lifted(let lift):
      let targets = quarantined.filter { lift.targets.isEmpty || lift.targets.contains($0) }
      lifted.formUnion(targets)
      if !targets.isEmpty { isDirty = true }
      return [.lifted(targets, index: position)]
    }
  }

  private mutating func announce(_ admission: Admission, at position: LogIndex) -> [Outcome] {
    let name = admission.node
    guard let node = nodes[name], !node.isAnnounced else { return [] }
    nodes[name]?.isAnnounced = true
    let event = Event(
      identity: EventIdentity(node: name, incarnation: node.incarnation, position: position),
      kind: .newNode, time: admission.time)
    return record(event, at: position)
  }

  private mutating func carryOut(
    _ report: Report, of name: NodeName, incarnation: UInt64, at position: LogIndex
  ) -> [Outcome] {
    switch report.body {
    case .state(let file, let content):
      return store(content, as: file, of: name, at: position)
    case .stopped(let process, let end, let time):
      let identity = EventIdentity(node: name, incarnation: incarnation, sequence: report.sequence)
      return record(Event(identity: identity, kind: .stopProc(process, end), time: time), at: position)
    case .inForce: return []
    case .held(let file, _, let content):
      let path = TreePath(name, file)
      // Once a policy has seen the node, what is not in the tree is so because the policy wants it so.
      guard tree[path] == nil, !isSettled(name) else { return [] }
      adopted.insert(path)
      return change([TreeChange(path, content)], at: position)
    }
  }

  /// A node's own file. What a policy delivers to the node, the node does not own, so a report of it is dropped.
  private mutating func store(
    _ content: Content?, as file: NodeFile, of name: NodeName, at position: LogIndex
  ) -> [Outcome] {
    let path = TreePath(name, file)
    let isOwned = nodes[name]?.owned.contains(file) == true
    let isLocal = nodes[name]?.local.files.contains(file) == true
    guard isLocal || (isOwned || file.isState || tree[path] == nil) && !file.isReserved else {
      // Of a file that was the node's until just now.
      if content == nil { return [] }
      return [
        .note(Note(.warning, "a node reported a file that a policy owns", ["path": path.text]))
      ]
    }
    if content == nil {
      nodes[name]?.owned.remove(file)
    } else if !isOwned, !isLocal {
      nodes[name]?.owned.insert(file)
    }
    return change([TreeChange(path, content)], at: position)
  }

  /// Adds an occurrence to its event file. Without a policy nobody could handle it: then only new nodes wait for
  /// the first one.
  mutating func record(_ event: Event, at position: LogIndex) -> [Outcome] {
    waiting[event.path, default: []].append(event)
    // Events are about who is a member and what runs, which a policy may ask without reading the event's file.
    isDirty = true
    var outcomes: [Outcome] = []
    if tree[event.path] == nil {
      outcomes = change([eventFile(event.path)], at: position)
    } else {
      changed.insert(event.path)
      staleEvents.insert(event.path)
    }
    if policies.active == nil, !event.isNewNode { outcomes += handle([event.identity], at: position) }
    return outcomes
  }

  /// Gives event files the content that their occurrences make: where a round is about to read them, else once a
  /// tick. If each of thousands of occurrences were a version of its file, they would cost the square of their number.
  mutating func showEvents() -> [Outcome] {
    let files = staleEvents.map(eventFile).filter { tree.apply($0, at: index) }
    staleEvents = []
    return files.isEmpty ? [] : [.stored(files, index: index)]
  }

  private func eventFile(_ path: TreePath) -> TreeChange {
    TreeChange(path, waiting[path].map(Event.file))
  }

  /// Changes outside inputs and remembers them for the next round.
  mutating func change(_ changes: [TreeChange], at position: LogIndex) -> [Outcome] {
    let effective = changes.filter { change in
      let comesOrGoes = change.content == nil || tree[change.path] == nil
      guard tree.apply(change, at: position) else { return false }
      changed.insert(change.path)
      if interest.contains(change.path, comesOrGoes: comesOrGoes) { isDirty = true }
      return true
    }
    return effective.isEmpty ? [] : [.stored(effective, index: position)]
  }

  /// Removes handled occurrences; their going triggers nothing (dmakefile(5), Events). With the last occurrence of a
  /// node that is still lost goes its folder (paper, section 4): what a rule has yet to handle stays until then.
  mutating func handle(_ handled: [EventIdentity], at position: LogIndex) -> [Outcome] {
    if handled.isEmpty { return [] }
    let handled = SortedSet(handled)
    var outcomes: [Outcome] = []
    for (path, occurrences) in waiting {
      let gone = occurrences.filter { handled.contains($0.identity) }
      if gone.isEmpty { continue }
      waiting[path] =
        gone.count == occurrences.count ? nil : occurrences.filter { !handled.contains($0.identity) }
      let file = eventFile(path)
      if tree.apply(file, at: position) { outcomes.append(.stored([file], index: position)) }
    }
    for name in SortedSet(handled.map(\.node)) where nodes[name]?.phase == .lost && !hasWaiting(name) {
      outcomes += release(name, at: position)
    }
    return outcomes
  }

  private func hasWaiting(_ name: NodeName) -> Bool {
    waiting.entries(from: TreePath.start(of: name)).first { _ in true }.map { $0.0 < .end(of: name) } ?? false
  }

  private mutating func release(_ name: NodeName, at position: LogIndex) -> [Outcome] {
    guard let node = nodes[name] else { return [] }
    nodes[name] = nil
    departed[name] = Departure(
      instance: node.instance, incarnation: node.incarnation, acknowledged: node.acknowledged, index: position)
    if departed.count > Self.departureLimit {
      let oldest = departed.min { $0.1.index < $1.1.index }
      if let oldest { departed[oldest.0] = nil }
    }
    let removals = tree.files(of: name).keys.map { TreeChange($0, nil) }
    for removal in removals { provenance.remove(removal.path, at: index, tick: tick, time: time) }
    return change(removals, at: position) + [.released(name)]
  }
}

extension Event {
  var isNewNode: Bool { if case .newNode = kind { true } else { false } }
}
