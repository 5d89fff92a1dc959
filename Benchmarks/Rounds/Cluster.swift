import MakeWrapper
import Model

/// The leader's view of the wrapper, and rounds over it.
final class Cluster {
  private let runner: RoundRunner
  private let policy: Policy
  private let bundle: Bundle
  private var tree = Tree()
  private var memory = WrapperMemory()
  private var changed = SortedSet<TreePath>()
  private var members: [NodeName] = []
  private var index: LogIndex = 0
  /// Of the last round.
  private(set) var changes = 0

  init(_ policy: Policy, folder: String) throws {
    self.policy = policy
    let content = Content(policy.text)
    bundle = Bundle(
      files: [Bundle.File(path: try TreePath(Bundle.policyFile), isExecutable: false, content: content)])
    runner = RoundRunner(settings: WrapperSettings(root: folder + "/root", stateFolder: folder + "/state"))
    try set(Policy.sharedFile, Content("<plan><limit>1</limit></plan>"))
    for number in 1...policy.nodes { try join(policy.node(number)) }
  }

  func join(_ node: String) throws {
    members.append(try NodeName(node))
    try set("\(node)/DMake/config.xml", policy.nodeConfiguration)
    for number in 1...policy.processesPerNode {
      try set("\(node)/\(policy.process(number))/state.xml", policy.state(load: number, comment: 0))
    }
  }

  /// As an agent's report does it.
  func set(_ path: String, _ content: Content) throws {
    index += 1
    let path = try TreePath(path)
    tree.apply(TreeChange(path, content), at: index)
    changed.insert(path)
  }

  func install() async throws { try await runner.install(bundle) }

  /// Runs a round and applies its result as the leader's core does.
  func round() async throws {
    index += 1
    let request = RoundRequest(
      index: index, tick: 1, policy: bundle.digest, members: members, changed: changed, tree: tree, events: [],
      memory: memory)
    let result = await runner.run(request)
    changed = []
    index += 1
    for change in result.changes { tree.apply(change, at: index) }
    for change in result.memory { memory[change.key] = change.value }
    changes = result.changes.count
    if let problem = result.problems.first { throw Failure(message: "\(problem)") }
  }

  func expect(_ count: Int, _ what: String) throws {
    guard changes == count else {
      throw Failure(message: "\(what): \(changes) files changed, expected \(count)")
    }
  }

  func text(_ path: String) -> String? { (try? TreePath(path)).flatMap { tree[$0]?.content.text } }
}

struct Failure: Error, CustomStringConvertible {
  let message: String
  var description: String { message }
}
