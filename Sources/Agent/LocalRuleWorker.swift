import DMakefile
import GroupProtocol
import Linux
import MakeWrapper
import Model
import NodeSchema
import Synchronization

/// Runs a node's `[local]` rules by the make wrapper, apart from the agent's thread: whatever a recipe does, processes
/// are looked after. Rounds are asked for one at a time.
final class LocalRuleWorker: Sendable {
  private let engine: LocalRuleEngine
  private let mailbox: AgentMailbox
  private let policy: Mutex<Bundle?>

  init(folder: String, make: String, policy: Bundle?, mailbox: AgentMailbox) {
    engine = LocalRuleEngine(folder: folder, make: make)
    self.mailbox = mailbox
    self.policy = Mutex(policy)
  }

  /// What comes of a round that the node does not permit; it is tried again, since permissions change.
  static func refusal(of request: RoundRequest, _ reason: String) -> RoundResult {
    LocalRuleEngine.failed(request, "local rules run with the agent's rights, and \(reason)")
  }

  func take(_ new: Bundle?) { policy.withLock { $0 = new } }

  func run(_ request: RoundRequest) {
    let policy = policy.withLock { $0 }
    Task(executorPreference: TaskThreads.shared) { [engine, mailbox] in
      mailbox.post(.input(.localRound(await engine.run(request, policy))))
    }
  }
}

/// The wrapper on a node. It is made when the first local rule is to run: agents without any need neither make nor a
/// process that starts it.
private actor LocalRuleEngine {
  /// How many ticks a round waits that could not even begin.
  private static let retryTicks: Tick = 10

  private let folder: String
  private let make: String
  private var wrapper: RoundRunner?
  /// The policy that was looked at last, for which processes, and what is wrong with it.
  private var checked: (policy: Digest, processes: [ProcessName], problems: [RuleProblem])?

  init(folder: String, make: String) {
    self.folder = folder
    self.make = make
  }

  func run(_ request: RoundRequest, _ policy: Bundle?) async -> RoundResult {
    guard let policy, policy.digest == request.policy else {
      return Self.failed(request, "the policy \(request.policy) is not on the node's disk")
    }
    do throws(WrapperError) {
      let problems = try await problems(of: policy, request)
      if !problems.isEmpty { return Self.result(of: request, problems) }
      let runner = opened()
      try await runner.install(policy)
      return await runner.run(request)
    } catch .make(let error) {
      return Self.failed(
        request, "local rules need GNU make on their node, and it cannot be run: \(error); install it there")
    } catch {
      return Self.failed(request, "local rules cannot run: \(error)")
    }
  }

  private func opened() -> RoundRunner {
    if let wrapper { return wrapper }
    var settings = WrapperSettings(root: "\(folder)/tree", stateFolder: folder, make: make)
    settings.side = .node
    let opened = RoundRunner(settings: settings) { path, content in
      guard path.nodeFile == .config, case .failure(let error) = NodeSchema.decode(content) else { return nil }
      return error.description
    }
    wrapper = opened
    return opened
  }

  /// What a node must not run, whatever the leader that sent it has checked: rules that need what is not here, and
  /// files that local rules and a leader's write.
  private func problems(of policy: Bundle, _ request: RoundRequest) async throws(WrapperError) -> [RuleProblem]
  {
    let processes = Self.processes(in: request)
    if let checked, checked.policy == policy.digest, checked.processes == processes { return checked.problems }
    let findings = try await PolicyCheck.check(
      policy, members: request.members, processes: processes, make: make, folder: folder)
    let problems = findings.filter { $0.severity == .error && $0.code.isAboutSides }.map { finding in
      RuleProblem(
        kind: .unreadable, place: SourcePlace(file: finding.file, line: finding.line),
        target: Bundle.policyFile,
        message: "the node refuses the policy's local rules: \(finding.message)", attempts: 1, retryAt: nil)
    }
    checked = (policy.digest, processes, problems)
    return problems
  }

  /// The processes of the node's configuration: patterns stand for their files.
  private static func processes(in request: RoundRequest) -> [ProcessName] {
    let contents = request.members.compactMap { request.tree[.nodeConfig($0)]?.content }
    return contents.flatMap { (try? NodeSchema.decode($0).get())?.processes.keys ?? [] }
  }

  static func failed(_ request: RoundRequest, _ reason: String) -> RoundResult {
    result(
      of: request,
      [
        RuleProblem(
          kind: .unreadable, place: nil, target: Bundle.policyFile, message: reason, attempts: 1,
          retryAt: request.tick + retryTicks)
      ])
  }

  /// Nothing changes.
  private static func result(of request: RoundRequest, _ problems: [RuleProblem]) -> RoundResult {
    RoundResult(
      index: request.index, changes: [], handled: [], problems: problems, provenance: [], memory: [],
      interest: nil, passes: 0)
  }
}
