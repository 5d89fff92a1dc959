import FileTree
import Model

@testable import MakeWrapper

/// A leader's view of the wrapper, for tests: the tree, the memory and the log's index, and rounds over them.
final class World {
  let scratch: Scratch
  let limits: MakeLimits
  private(set) var runner: RoundRunner
  private(set) var tree = Tree()
  private(set) var memory = WrapperMemory()
  private(set) var bundle: Bundle
  private(set) var index: LogIndex = 0
  private(set) var events: [Event] = []
  /// How often runs are repeated as samples; tests that count runs want none.
  private let runsPerSample: UInt64
  private let side: RuleSide
  private(set) var local = SortedSet<TreePath>()
  var lifted = SortedSet<String>()
  private var changed = SortedSet<TreePath>()
  private var problems: [RuleProblem] = []
  var members: [NodeName]
  var tick: Tick = 100

  init(
    _ policy: String, _ files: [String: String] = [:], members: [String] = ["n1", "n2"],
    limits: MakeLimits = MakeLimits(), runsPerSample: UInt64 = 0, side: RuleSide = .leader
  ) throws {
    scratch = try Scratch()
    self.limits = limits
    self.runsPerSample = runsPerSample
    self.side = side
    self.members = try members.map { try NodeName($0) }
    bundle = try Self.bundle(policy, files)
    runner = RoundRunner(settings: Self.settings(scratch, limits, runsPerSample, side))
  }

  private static func settings(
    _ scratch: Scratch, _ limits: MakeLimits, _ runsPerSample: UInt64, _ side: RuleSide
  ) -> WrapperSettings {
    var settings = WrapperSettings(
      root: scratch.path + "/root", stateFolder: scratch.path + "/state", limits: limits,
      runsPerSample: runsPerSample)
    settings.side = side
    return settings
  }

  static func bundle(_ policy: String, _ files: [String: String] = [:]) throws -> Bundle {
    let all = [(Bundle.policyFile, policy)] + files.map { ($0.key, $0.value) }
    return Bundle(
      files: try all.map {
        Bundle.File(
          path: try TreePath($0.0), isExecutable: $0.1.hasPrefix("#!"), content: Content($0.1))
      })
  }

  func activate(_ policy: String, _ files: [String: String] = [:]) throws {
    bundle = try Self.bundle(policy, files)
  }

  /// As an agent's report does it.
  func set(_ path: String, _ text: String?) throws {
    index += 1
    let path = try TreePath(path)
    tree.apply(TreeChange(path, text.map { Content($0) }), at: index)
    changed.insert(path)
  }

  func occur(_ node: String, _ sequence: UInt64, _ kind: Event.Kind) throws {
    let identity = EventIdentity(node: try NodeName(node), incarnation: 1, sequence: sequence)
    events.append(Event(identity: identity, kind: kind, time: WallTime(milliseconds: Int64(sequence))))
    try showEvents(at: events[events.count - 1].path)
  }

  private func showEvents(at path: TreePath) throws {
    let standing = events.filter { $0.path == path }
    try set(path.text, standing.isEmpty ? nil : Event.file(standing).text)
  }

  /// The node is gone, and its folder.
  func lose(_ node: String) throws {
    members.removeAll { $0.text == node }
    for path in tree.files(of: try NodeName(node)).keys { try set(path.text, nil) }
  }

  /// The node is lost: its folder stands until that was handled.
  func leave(_ node: String) { members.removeAll { $0.text == node } }

  func request() -> RoundRequest {
    RoundRequest(
      index: index, tick: tick, policy: bundle.digest, members: members, changed: changed, tree: tree,
      events: events, memory: memory, lifted: lifted, leftover: local)
  }

  /// Runs a round, applies its result as the leader's core does, and answers it.
  @discardableResult
  func round() async throws -> RoundResult {
    index += 1
    try await runner.install(bundle)
    let result = await runner.run(request())
    changed = []
    lifted = []
    if let files = result.local {
      local = SortedSet(files.flatMap { node, files in files.map { TreePath(node, $0) } })
    }
    index += 1
    for change in result.changes { tree.apply(change, at: index) }
    for change in result.memory { memory[change.key] = change.value }
    let handled = Set(result.handled)
    let gone = events.filter { handled.contains($0.identity) }
    events.removeAll { handled.contains($0.identity) }
    for path in SortedSet(gone.map(\.path)) { try showEvents(at: path) }
    return result
  }

  /// A new process takes over, with nothing but the tree and the memory.
  func restart() async throws {
    runner = RoundRunner(settings: Self.settings(scratch, limits, runsPerSample, side))
    try await runner.install(bundle)
    try await runner.prepare(tree: tree, memory: memory)
  }

  /// A leader that dies after a round, before its result is in the log; then as ``restart()``.
  func abandonRound() async throws {
    try await runner.install(bundle)
    _ = await runner.run(request())
    try await restart()
  }

  func text(_ path: String) -> String? { (try? TreePath(path)).flatMap { tree[$0]?.content.text } }

  /// What ran, by the lines that recipes add to a file outside ROOT.
  func log() -> [String] {
    defer { try? scratch.write("log", "") }
    return (scratch.text("log") ?? "").split(separator: "\n").map(String.init)
  }

  /// Visible files in ROOT.
  func filesOnDisk() throws -> SortedMap<String, String> {
    let root = try FileTreeStore(root: scratch.path + "/root")
    return SortedMap(
      try root.foreignChanges { $0.hasPrefix(".") }.map { ($0, scratch.text("root/\($0)") ?? "") })
  }

  var filesInTree: SortedMap<String, String> {
    SortedMap(tree.files.map { ($0.path.text, $0.file.content.text) })
  }
}
