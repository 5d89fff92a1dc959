import Foundation
import ProcessPromises
import Testing

/// Draws from the table of promises about processes, with the real binary and real processes.
/// `DMAKE_PROMISE_SEED=N` plays one history again, `DMAKE_PROMISE_SEEDS=N` tries that many.
@Suite("What is promised of a process", .serialized)
struct ProcessPromiseTests {
  static let seeds: ClosedRange<UInt64> = {
    func number(_ name: String) -> UInt64? { ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) } }
    if let seed = number("DMAKE_PROMISE_SEED") { return seed...seed }
    let first = number("DMAKE_PROMISE_FIRST") ?? 1
    return first...(first + (number("DMAKE_PROMISE_SEEDS") ?? 6) - 1)
  }()

  @Test("is kept whatever happens to it, its agent, its keeper and its leader", arguments: seeds)
  func history(seed: UInt64) async throws {
    var chooser = Chooser(seed: seed)
    var promises = ProcessPromises(chooser.process())
    var history: [String] = ["\(promises.process)"]
    try await Cluster.run { cluster in
      let machine = try await PromisedMachine(cluster, promises)
      do {
        try await machine.keeps(promises)
        for _ in 0..<chooser.number(below: 5) + 3 {
          guard let next = chooser.pick(promises.possible.filter { $0 != .machineStops }) else { break }
          history.append("\(next)")
          promises.take(next)
          try await machine.undergo(next)
          if next != .fileChangesTwice { try await machine.keeps(promises) }
        }
        if !promises.isLeaderUp { promises.take(.leaderStarts); try await machine.undergo(.leaderStarts) }
        if !promises.isAgentUp { promises.take(.agentStarts); try await machine.undergo(.agentStarts) }
        try await machine.keeps(promises)
        // Whatever was wrongly due has had its turn when another change has reached the node.
        try await machine.passBarrier()
        try await machine.keeps(promises)
      } catch {
        throw Failure("seed \(seed): \(history.joined(separator: ", ")): \(error)\n\(machine.account)")
      }
    }
  }
}

/// Draws processes and happenings (SplitMix64).
private struct Chooser {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func number(below limit: Int) -> Int {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return Int((mixed ^ (mixed >> 31)) % UInt64(limit))
  }

  mutating func pick<Element>(_ list: [Element]) -> Element? {
    list.isEmpty ? nil : list[number(below: list.count)]
  }

  mutating func process() -> ProcessPromises.Process {
    var process = ProcessPromises.Process()
    process.restart = pick(ProcessPromises.Restart.allCases) ?? .always
    process.reload = pick(ProcessPromises.Reload.allCases) ?? .none
    process.startLimit = number(below: 3) == 0 ? 1 : nil
    process.stopsInIsolation = number(below: 3) == 0
    process.stopsWithAgent = number(below: 4) == 0
    return process
  }
}

/// A node with one process that notes what it sees.
private final class PromisedMachine {
  private let cluster: Cluster
  private var leader: ChildProcess?
  private var agent: ChildProcess?
  private var wanted = (generation: 1, version: 1)
  private let process: ProcessPromises.Process
  private var barriers = 0

  init(_ cluster: Cluster, _ promises: ProcessPromises) async throws {
    self.cluster = cluster
    process = promises.process
    leader = try await cluster.startLeader("--lease", "12s")
    try await startAgent()
    try writePolicy()
    try await apply()
  }

  private func writePolicy() throws {
    let attributes =
      "restart=\"\(process.restart.rawValue)\" generation=\"\(wanted.generation)\""
      + " reload=\"\(process.reload.rawValue)\" reload-interval=\"3s\""
      + (process.stopsInIsolation ? " on-isolation=\"stop\"" : "")
      + (process.stopsWithAgent ? " on-agent-exit=\"stop\"" : "")
    let limit = process.startLimit.map { "<start-limit count=\"\($0)\" within=\"1h\"/>" } ?? ""
    let script = """
      seen() { echo "$1 $GENERATION $(cat config.xml)" >>"\(cluster.scratch.path("seen"))"; }
      trap 'exit 0' TERM USR1
      trap 'exit 1' USR2
      trap 'seen reload' HUP
      seen start
      echo $$ >"\(cluster.scratch.path("pid"))"
      while :; do sleep 3600 & wait $!; done
      """
    try cluster.scratch.write("policy/program.sh", script)
    try cluster.scratch.write(
      "policy/node.xml",
      """
      <config><process name="web" \(attributes)>
      <executable>/bin/sh</executable><argument>program.sh</argument>
      <environment name="GENERATION">\(wanted.generation)</environment>
      <back-off initial="10ms" limit="50ms"/>\(limit)
      </process></config>
      """)
    try cluster.scratch.write("policy/web.xml", "<v>\(wanted.version)</v>\n")
    try cluster.scratch.write("policy/barrier", "\(barriers)\n")
    try cluster.scratch.write(
      "policy/DMakefile",
      """
      n1/DMake/config.xml: n1/web/program.sh
      \tcp $(DMAKE_BUNDLE)/node.xml $@
      n1/web/program.sh:
      \tcp $(DMAKE_BUNDLE)/program.sh $@
      n1/web/config.xml:
      \tcp $(DMAKE_BUNDLE)/web.xml $@
      n1/DMake/barrier:
      \tcp $(DMAKE_BUNDLE)/barrier $@
      """ + "\n")
  }

  private func apply() async throws {
    let outcome = try await cluster.dmake("apply", "policy")
    guard outcome.status == 0 else { throw Failure("\(outcome)") }
  }

  func undergo(_ happening: ProcessPromises.Happening) async throws {
    switch happening {
    case .exits(let code): try signalProcess(code == 0 ? SIGUSR1 : SIGUSR2)
    case .isKilled: try signalProcess(SIGKILL)
    case .agentStops: try await endAgent(SIGTERM)
    case .agentLeaves: try await endAgent(SIGQUIT)
    case .agentDies: try await endAgent(SIGKILL)
    case .agentStarts: try await startAgent()
    case .keeperDies: try await killKeeper()
    case .machineStops: break
    case .leaderDies: leader?.kill()
    case .leaderStarts: leader = try await cluster.startLeader("--lease", "12s")
    case .fencePasses: try await wait(for: "the fence") { !self.isRunning }
    case .generationChanges: try await change { $0.generation += 1 }
    case .fileChanges: try await change { $0.version += 1 }
    case .fileChangesTwice:
      try await change { $0.version += 1 }
      try await wait(for: "the first change") { self.lines.last?.version == self.wanted.version }
      try await change { $0.version += 1 }
      try await wait(for: "the second change on the disk") {
        self.cluster.scratch.read("node-n1/node/web/config.xml") == "<v>\(self.wanted.version)</v>\n"
      }
    }
  }

  private func startAgent() async throws {
    let agent = try cluster.startAgent("n1")
    self.agent = agent
    try await wait(for: "an agent") { agent.errors.contains("the agent starts") }
  }

  private func change(_ edit: (inout (generation: Int, version: Int)) -> Void) async throws {
    edit(&wanted)
    try writePolicy()
    try await apply()
  }

  private func endAgent(_ signal: Int32) async throws {
    agent?.signal(signal)
    _ = try await agent?.finish()
    // The keeper carries out what its agent's end asks for.
    if process.stopsWithAgent { try await wait(for: "the end of the process") { !self.isRunning } }
  }

  private func killKeeper() async throws {
    let folder = cluster.scratch.path("node-n1")
    guard let pid = cluster.keeper() else { throw Failure("no keeper's number in \(folder)") }
    kill(pid, SIGKILL)
    try await wait(for: "the keeper's end") { kill(pid, 0) == -1 && errno == ESRCH }
  }

  private func signalProcess(_ signal: Int32) throws {
    guard let pid, isRunning else { throw Failure("no process") }
    kill(pid, signal)
  }

  private var pid: pid_t? {
    cluster.scratch.read("pid").flatMap { pid_t($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
  }

  /// The last one that was started, unless it is a zombie.
  var isRunning: Bool {
    guard let pid, let status = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else {
      return false
    }
    return status.split(separator: ")").last?.split(separator: " ").first != "Z"
  }

  private struct Line { let word: String; let generation: Int; let version: Int }
  private var lines: [Line] {
    (cluster.scratch.read("seen") ?? "").split(separator: "\n").compactMap { line in
      let words = line.split { " <>v/".contains($0) }.map(String.init)
      guard let word = line.split(separator: " ").first else { return nil }
      let numbers = words.compactMap { Int($0) }
      return Line(word: String(word), generation: numbers.first ?? 0, version: numbers.last ?? 0)
    }
  }

  var account: String { (cluster.scratch.read("seen") ?? "") + "running \(isRunning)" }

  /// Waits until everything is as promised.
  func keeps(_ promises: ProcessPromises) async throws {
    try await wait(
      for: "what is promised: running \(promises.isRunning), \(promises.starts) starts, seen \(promises.seen)"
    ) {
      let lines = self.lines
      let starts = lines.count { $0.word == "start" }
      return self.isRunning == promises.isRunning && promises.starts.contains(starts)
        && lines.last?.version == promises.seen.version && lines.last?.generation == promises.seen.generation
    }
    guard promises.isAgentUp, promises.isLeaderUp else { return }
    try await cluster.status(when: "the node's word") {
      $0.node("n1")?.isConnected == true && $0.isRunning("n1", "web") == promises.isRunning
    }
  }

  func passBarrier() async throws {
    barriers += 1
    try writePolicy()
    try await apply()
    try await wait(for: "the barrier") {
      self.cluster.scratch.read("node-n1/node/DMake/barrier") == "\(self.barriers)\n"
    }
  }
}
