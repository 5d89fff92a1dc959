import Foundation
import Testing

@Suite("Descriptors that are all used up", .serialized)
struct DescriptorTests {
  /// From now on the process can open nothing that it does not close before; nil: as much as it may.
  private func limit(_ cluster: Cluster, _ pid: pid_t, to count: Int?) async throws {
    let value = try count ?? limits(pid).hard
    let outcome = try await cluster.scratch.start(
      ["--pid", "\(pid)", "--nofile=\(value):"], program: "/usr/bin/prlimit"
    ).finish()
    guard outcome.status == 0 else { throw Failure("prlimit: \(outcome)") }
  }

  private func limits(_ pid: pid_t) throws -> (soft: Int, hard: Int) {
    let text = try String(contentsOfFile: "/proc/\(pid)/limits", encoding: .utf8)
    let line = text.split(separator: "\n").first { $0.hasPrefix("Max open files") }
    let numbers = line?.split(separator: " ").compactMap { Int($0) } ?? []
    guard numbers.count == 2 else { throw Failure("/proc/\(pid)/limits: \(text)") }
    return (numbers[0], numbers[1])
  }

  @Test("a leader may have a connection for each of thousands of agents, and recipes what they expect")
  func limit() async throws {
    try await Cluster.run { cluster in
      let arguments = ["leader", "--listen", cluster.address, "--state-dir", cluster.scratch.path("leader")]
      let leader = try cluster.scratch.start(
        ["--nofile=512:4096", Tool.path] + arguments, program: "/usr/bin/prlimit")
      try await wait(for: "a leader that listens") { leader.errors.contains("the leader listens") }
      #expect(try limits(leader.pid) == (4096, 4096))
      try cluster.scratch.write("policy/DMakefile", "limit:\n\tulimit -n >$@\n")
      #expect(try await cluster.dmake("apply", "policy").status == 0)
      try await wait(for: "the recipe") {
        cluster.scratch.read("leader/leader/tree/limit") == "512\n"
      }
    }
  }

  @Test("an agent says so, loses nothing, and does what it could not when it can")
  func agent() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      let agent = try cluster.startAgent("n1")
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      try cluster.scratch.write("policy/own.xml", "<one/>")
      let rules = """
        n1/web/own.xml:
        \tcp $(DMAKE_BUNDLE)/own.xml $@
        seen: n1/web/state.xml
        \tcat $^ >$@

        """
      _ = try await cluster.apply(cluster.counter("web"), rules: rules + cluster.endRules(["web"]))
      let before = try await cluster.status(when: "the process") { $0.isRunning("n1", "web") }
      let state = "node-n1/node/web/state.xml"
      try cluster.scratch.write(state, "<s>1</s>")
      let files = ["web/state.xml", "web/own.xml"]
      try await cluster.expect(Aftermath(node: "n1", running: ["web"], files: files))

      try await limit(cluster, agent.pid, to: SystemProcess.lowestFreeDescriptor(of: agent.pid))
      try cluster.scratch.write(state, "<s>2</s>")
      try await wait(for: "the state that is not taken") { agent.errors.contains("a state file is not taken") }
      try cluster.scratch.write("policy/own.xml", "<two/>")
      #expect(try await cluster.dmake("apply", "policy").status == 0)
      let status = try await cluster.status(when: "the problem") { $0.node("n1")?.problems.isEmpty == false }
      #expect(status.node("n1")?.problems.first?.problem.contains("Too many open files") == true, "\(status)")
      // The keeper has been told before what to do when it ends for the first time.
      kill(pid_t(before.process("n1", "web")?.pid ?? 0), SIGKILL)
      let second = try await cluster.status(when: "the second instance") {
        $0.process("n1", "web")?.starts == 2 && $0.isRunning("n1", "web")
      }
      kill(pid_t(second.process("n1", "web")?.pid ?? 0), SIGKILL)
      try await wait(for: "the start that fails") { agent.errors.contains("a process does not start") }
      #expect(agent.errors.contains("Too many open files"))
      #expect(agent.status == nil)

      try await limit(cluster, agent.pid, to: nil)
      try await cluster.expect(Aftermath(node: "n1", running: ["web"], files: files))
      #expect(cluster.scratch.read("node-n1/node/web/own.xml") == "<two/>")
      try await wait(for: "the end") { cluster.ends("web").filter { $0.contains("signal=\"9\"") }.count == 2 }
      #expect(cluster.starts("web").count == 3)
    }
  }

  @Test(
    "a leader says so, keeps its nodes, and gives recipes what the tree has when it can; others may join then")
  func leader() async throws {
    try await Cluster.run { cluster in
      let leader = try await cluster.startLeader("--lease", "20s")
      let agent = try cluster.startAgent("n1")
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      let rules =
        "n1/web/own.xml: n1/web/state.xml n1/late/state.xml\n\t(echo '<all>'; cat $^; echo '</all>') >$@\n"
      let applied = try await cluster.apply(cluster.counter("late") + cluster.counter("web"), rules: rules)
      #expect(applied.status == 0, "\(applied)")
      let states = ["late", "web"].map { "node-n1/node/\($0)/state.xml" }
      var version = 0
      func report() throws {
        version += 1
        for state in states { try cluster.scratch.write(state, "<s>\(version)</s>") }
      }
      func isDelivered() -> Bool {
        cluster.scratch.read("node-n1/node/web/own.xml")
          == "<all>\n<s>\(version)</s><s>\(version)</s></all>\n"
      }
      try report()
      try await wait(for: "the first states") { isDelivered() }

      // Whatever the leader closes, another visitor takes what it leaves.
      try await limit(cluster, leader.pid, to: SystemProcess.lowestFreeDescriptor(of: leader.pid))
      let visitors = Visitors(cluster)
      try await wait(for: "the connection that waits") {
        visitors.come()
        return leader.errors.contains("can be accepted reason=\"Too many open files\"")
      }
      let other = try cluster.startAgent("n2")
      try await wait(for: "the files that cannot be written") {
        visitors.come()
        try report()
        return ["the tree on disk lags behind", "a round could not run"].contains { leader.errors.contains($0) }
      }
      #expect(leader.status == nil)

      visitors.leave()
      try await limit(cluster, leader.pid, to: nil)
      try await wait(for: "the last states") { isDelivered() }
      let status = try await cluster.status(when: "both nodes, and nothing wrong") {
        $0.nodes.count == 2 && $0.problems.isEmpty
      }
      #expect(status.nodes.allSatisfy { $0.isConnected }, "\(status)")
      #expect(!leader.errors.contains("is lost"))
      #expect(agent.status == nil && other.status == nil)
    }
  }

  /// A start needs three descriptors and may fail for the first, the second or the third: with one of these limits none
  /// is left afterwards.
  @Test(
    "a keeper says so, still hears its agent, ends what is to end, and starts the rest when it can",
    arguments: [64, 65, 66])
  func keeper(count: Int) async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      let agent = try cluster.startAgent("n1")
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      let keeper = try #require(cluster.keeper())
      // Enough for some of what it has to start, in the order of their names.
      try await limit(cluster, keeper, to: count)
      let family = cluster.process(
        "a-family", "/bin/sh", "-c",
        "sleep 3600 & setsid sleep 3600 & setsid setsid sleep 3600 & exec sleep 3600")
      let names = ["a-family", "b-web"] + (0..<40).map { "many\($0)" }
      let all = names.dropFirst().map { name in
        cluster.counter(name).replacing(
          "</process>", with: "<back-off initial=\"50ms\" limit=\"50ms\"/></process>")
      }
      let rules = cluster.endRules(["a-family", "b-web"])
      #expect(try await cluster.apply(family + all.joined(), rules: rules).status == 0)
      let before = try await cluster.status(when: "what could be started, and what could not") { status in
        status.isRunning("n1", "a-family") && status.isRunning("n1", "b-web")
          && names.allSatisfy { (status.process("n1", $0)?.starts ?? 0) > 0 }
          && names.contains { (status.process("n1", $0)?.starts ?? 0) > 5 }
      }
      #expect(agent.errors.contains("Too many open files"))
      func members() -> Int { SystemProcess.all.filter { isMember($0, cluster) }.count }
      try await wait(for: "the family") { members() == 4 }

      agent.kill()
      kill(pid_t(before.process("n1", "b-web")?.pid ?? 0), SIGKILL)
      let second = try cluster.startAgent("n1")
      try await cluster.status(when: "the next agent, which fills the table up again") {
        $0.node("n1")?.isConnected == true && $0.isRunning("n1", "a-family")
          && second.errors.contains("Too many open files")
      }
      #expect(try await cluster.apply(all.joined(), rules: rules).status == 0)
      try await wait(for: "the family's end") { members() == 0 }

      try await limit(cluster, keeper, to: nil)
      try await cluster.expect(
        Aftermath(node: "n1", running: names.dropFirst().sorted(), ends: ["a-family": 1]))
      #expect(cluster.ends("b-web").filter { $0.contains("signal=\"9\"") }.count == 1)
      #expect(cluster.starts("b-web").count == 2)
      #expect(names.dropFirst(2).allSatisfy { cluster.starts($0).count == 1 })
      #expect(cluster.keeper() == keeper)
    }
  }

  /// Connections to the leader that say nothing.
  private final class Visitors {
    private let path: String
    private var sockets: [Int32] = []

    init(_ cluster: Cluster) { path = cluster.scratch.path("leader.sock") }
    deinit { leave() }

    /// One more, unless the queue is full.
    func come() {
      let socket = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
      withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          _ = connect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
      }
      sockets.append(socket)
    }

    func leave() {
      for socket in sockets { close(socket) }
      sockets = []
    }
  }

  private func isMember(_ process: SystemProcess, _ cluster: Cluster) -> Bool {
    process.variables["DMAKE_PROC"] == "a-family" && !process.isZombie
      && process.variables["DMAKE_STATE"]?.hasPrefix(cluster.scratch.folder) == true
  }
}
