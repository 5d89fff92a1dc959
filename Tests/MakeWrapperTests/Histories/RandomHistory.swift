import Model
import PolicyOracle

@testable import MakeWrapper

/// A random history of a cluster, seen by the make wrapper and by the reference.
struct RandomHistory {
  let seed: UInt64
  let world: World
  /// The wrappers of the nodes' agents.
  private var agents: [String: World] = [:]
  private var random: SeededGenerator
  private var reference = Reference()
  private var situation: Situation
  private var policies: [Policy]
  private var sequence: UInt64 = 0
  private(set) var rounds = 0
  /// Changes the text of the policy that the wrapper is given, to show that the evaluator sees it.
  private let distort: (String) -> String
  /// Changes what is compared, to show that it is.
  var falsify: (inout [String: String]) -> Void = { _ in }
  /// What happened, for whoever has to find out why a round is wrong.
  private(set) var story: [String] = []

  init(seed: UInt64, distort: @escaping (String) -> String = { $0 }) throws {
    self.seed = seed
    self.distort = distort
    random = SeededGenerator(seed: seed)
    let policy = PolicyGenerator.policy(rules: Int.random(in: 3...14, using: &random), using: &random)
    policies = [policy]
    situation = Situation(policy: policy)
    world = try World(
      distort(policy.text), policy.files, members: [], runsPerSample: Bool.random(using: &random) ? 0 : 3)
    // A folder is a node's when such a node has been there.
    for node in Situation.nodeNames { try join(node) }
  }

  /// Lets something happen, runs a round, and answers what is wrong after it.
  mutating func round() async throws -> [String] {
    rounds += 1
    story.append("round \(rounds):")
    if rounds == 2 { for _ in 0..<Int.random(in: 1...3, using: &random) { try lose() } }
    if rounds > 1 {
      for _ in 0..<Int.random(in: 1...3, using: &random) { try await happen() }
    }
    let before = Dictionary(uniqueKeysWithValues: world.filesInTree.map { ($0.0, $0.1) })
    let problems = try await settle()
    for (path, text) in world.filesInTree where before[path] != text && !path.hasSuffix("state.xml") {
      story.append("  = \(path): \(text.debugDescription)")
    }
    story += problems.map { "  ! \($0.target)" }
    let failed = Set(problems.filter { $0.kind == .failed }.map(\.target))
    var files = Dictionary(uniqueKeysWithValues: world.filesInTree.map { ($0.0, $0.1) })
    falsify(&files)
    var faults = reference.round(situation, files: files, problems: failed)
    situation.occurrences = [:]
    situation.lost = []
    if !faults.isEmpty { faults += problems.map { "\($0.target): \($0.message)" } }
    faults += problems.filter { $0.kind != .failed }.map { "no rule may have \($0.kind): \($0.target)" }
    // A handled event's file goes from ROOT before the next round.
    func lasting(_ files: SortedMap<String, String>) -> [String: String] {
      Dictionary(uniqueKeysWithValues: files.filter { !$0.0.hasSuffix("/stop-proc") }.map { ($0.0, $0.1) })
    }
    let disk = lasting(try world.filesOnDisk())
    if disk != lasting(world.filesInTree) {
      faults.append("what is in ROOT differs: \(disk)")
    }
    return faults
  }

  /// Runs rounds of the leader and of the nodes until neither has news for the other, and answers their problems.
  private mutating func settle() async throws -> [RuleProblem] {
    var problems: [RuleProblem] = []
    for _ in 0..<20 {
      problems = try await world.round().problems
      // The core takes the folder of a lost node away when a round has seen the loss.
      for node in situation.lost { try world.lose(node) }
      world.tick += 100
      var hasNews = false
      for node in situation.nodes.sorted() where !world.local.isEmpty || agents[node] != nil {
        let agent = try agents[node] ?? World("", members: [node], side: .node)
        agents[node] = agent
        try agent.activate(distort(situation.policy.text), situation.policy.files)
        try bring(from: world, to: agent, node) { !world.local.contains($0) }
        problems += try await agent.round().problems
        agent.tick += 100
        if try bring(from: agent, to: world, node, { world.local.contains($0) }) { hasNews = true }
      }
      if !hasNews { return problems }
    }
    return problems
  }

  /// Brings what one side makes of a node's files to the other. Answers whether it changed something there.
  @discardableResult
  private func bring(
    from source: World, to other: World, _ node: String, _ isOfSource: (TreePath) -> Bool
  ) throws -> Bool {
    let name = try NodeName(node)
    let files = source.tree.files(of: name).filter { path, _ in
      isOfSource(path) && path.nodeFile?.name != "stop-proc"
    }
    let old = other.tree.files(of: name).filter { path, _ in
      isOfSource(path) && path.nodeFile?.name != "stop-proc"
    }
    var isChanged = false
    for path in SortedSet(files.keys + old.keys) where files[path]?.content != old[path]?.content {
      isChanged = true
      try other.set(path.text, files[path]?.content.text)
    }
    return isChanged
  }

  /// Policy, files beside it and story, to be read with a fault.
  var report: String {
    "seed \(seed)\n\(story.joined(separator: "\n"))\n\(situation.policy.text)\n"
      + situation.policy.files.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.debugDescription)" }
      .joined(separator: "\n")
  }

  private mutating func happen() async throws {
    switch Int.random(in: 0..<20, using: &random) {
    case ..<9: try changeState()
    case ..<10: try changeMode()
    case ..<12:
      let absent = Situation.nodeNames.filter { !situation.nodes.contains($0) && !situation.lost.contains($0) }
      if let node = absent.randomElement(using: &random) { try join(node) }
    case ..<13: try lose()
    case ..<15: try activate(situation.policy.changed(using: &random))
    case ..<16:
      guard let policy = policies.randomElement(using: &random) else { return }
      story.append("rollback")
      try activate(policy)
    case ..<17:
      story.append("restart")
      try await world.restart()
    case ..<18:
      story.append("restart after a round whose result is lost")
      try await world.abandonRound()
    default: try endProcesses()
    }
  }

  private mutating func join(_ node: String) throws {
    story.append("\(node) joins")
    situation.nodes.insert(node)
    world.members = try situation.nodes.sorted().map { try NodeName($0) }
    try write(
      "\(node)/DMake/state.xml", Situation.Document([("mode", Bool.random(using: &random) ? "one" : "two")]))
    for process in ["p", "q"] where Int.random(in: 0..<4, using: &random) > 0 {
      try write("\(node)/\(process)/state.xml", document())
    }
  }

  private mutating func document() -> Situation.Document {
    func number() -> String { "\(Int.random(in: 0..<3, using: &random))" }
    var values: [(tag: String, text: String)] = []
    for tag in ["a", "b"] where Int.random(in: 0..<6, using: &random) > 0 { values.append((tag, number())) }
    for _ in 0..<Int.random(in: 0..<3, using: &random) { values.append(("c", number())) }
    if Bool.random(using: &random) { values.append(("e", Bool.random(using: &random) ? "" : number())) }
    values.append(("ok", Int.random(in: 0..<4, using: &random) == 0 ? "bad" : "yes"))
    values.append(("noise", number()))
    return Situation.Document(values)
  }

  private mutating func write(_ file: String, _ document: Situation.Document?) throws {
    story.append("\(file): \(document?.text ?? "gone\n")".split(separator: "\n").joined())
    situation.documents[file] = document
    try world.set(file, document?.text)
  }

  private mutating func changeState() throws {
    guard let node = situation.nodes.sorted().randomElement(using: &random) else { return }
    let isGone = Int.random(in: 0..<12, using: &random) == 0
    try write("\(node)/\(Bool.random(using: &random) ? "p" : "q")/state.xml", isGone ? nil : document())
  }

  private mutating func changeMode() throws {
    guard let node = situation.nodes.sorted().randomElement(using: &random) else { return }
    try write(
      "\(node)/DMake/state.xml", Situation.Document([("mode", Bool.random(using: &random) ? "one" : "two")]))
  }

  private mutating func lose() throws {
    let standing = Set(world.events.map { $0.identity.node.text })
    let candidates = situation.nodes.subtracting(standing).sorted()
    guard situation.nodes.count > 1, let node = candidates.randomElement(using: &random) else { return }
    story.append("\(node) is lost")
    situation.nodes.remove(node)
    situation.lost.insert(node)
    situation.documents = situation.documents.filter { !$0.key.hasPrefix(node + "/") }
    world.leave(node)
    agents[node] = nil
  }

  private mutating func activate(_ policy: Policy) throws {
    story.append("another policy")
    let (old, new) = (situation.policy.text, policy.text)
    func lines(_ text: String) -> [Substring] { text.split(separator: "\n") }
    story += lines(old).filter { !lines(new).contains($0) }.map { "  - \($0)" }
    story += lines(new).filter { !lines(old).contains($0) }.map { "  + \($0)" }
    situation.policy = policy
    policies.append(policy)
    try world.activate(distort(policy.text), policy.files)
  }

  private mutating func endProcesses() throws {
    guard let node = situation.nodes.sorted().randomElement(using: &random) else { return }
    let process = Bool.random(using: &random) ? "p" : "q"
    for _ in 0..<Int.random(in: 1...2, using: &random) {
      sequence += 1
      story.append("\(node)/\(process) ends (\(sequence))")
      situation.occurrences["\(node)/\(process)/stop-proc", default: []].append(Int(sequence))
      try world.occur(node, sequence, .stopProc(try ProcessName(process), .exited(code: 1)))
    }
  }
}
