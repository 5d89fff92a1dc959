import Foundation
import Testing

@Suite("Killed at any moment", .serialized)
struct CrashTests {
  @Test("an agent comes back, finds its processes running and starts none twice")
  func agent() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      var agent = try cluster.startAgent("n1")
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      _ = try await cluster.apply(cluster.counter("a") + cluster.counter("b"))
      let before = try await cluster.status(when: "both processes") {
        $0.isRunning("n1", "a") && $0.isRunning("n1", "b")
      }
      for _ in 0..<3 {
        agent.kill()
        agent = try cluster.startAgent("n1")
        let after = try await cluster.status(when: "the node again") {
          $0.node("n1")?.isConnected == true && $0.isRunning("n1", "a") && $0.isRunning("n1", "b")
        }
        #expect(after.process("n1", "a")?.pid == before.process("n1", "a")?.pid)
        #expect(after.process("n1", "b")?.pid == before.process("n1", "b")?.pid)
      }
      #expect(cluster.starts("a").count == 1)
      #expect(cluster.starts("b").count == 1)
    }
  }

  @Test("an agent notices what ended while it was away, and starts it once")
  func missedEnd() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      let agent = try cluster.startAgent("n1")
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      _ = try await cluster.apply(cluster.counter("a"))
      let pid = try await cluster.status(when: "the process") { $0.isRunning("n1", "a") }.process("n1", "a")?
        .pid
      agent.kill()
      kill(pid_t(pid ?? 0), SIGKILL)
      try cluster.startAgent("n1")
      try await cluster.status(when: "the next instance") {
        $0.isRunning("n1", "a") && $0.process("n1", "a")?.pid != pid
      }
      #expect(cluster.starts("a").count == 2)
    }
  }

  @Test("a leader comes back with everything that it had acknowledged")
  func leader() async throws {
    try await Cluster.run { cluster in
      var leader = try await cluster.startLeader()
      try cluster.startAgent("n1")
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      for round in 1...4 {
        let outcome = try await cluster.apply(cluster.counter("p\(round)"), options: [])
        #expect(outcome.status == 0, "\(outcome)")
        let acknowledged = outcome.output.split(separator: " ")[1]
        leader.kill()
        leader = try await cluster.startLeader()
        let status = try await cluster.status()
        #expect(status.policy?.policy.hasPrefix(acknowledged) == true)
        #expect(status.leader.epoch == 1)
        try await cluster.status(when: "process \(round)") { $0.isRunning("n1", "p\(round)") }
      }
      let history = try await cluster.dmake("apply", "--history")
      #expect(history.output.split(separator: "\n").count == 5)
      #expect(cluster.starts("p4").count == 1)
    }
  }

  @Test("a leader that is killed while it is told something forgets nothing that it had acknowledged")
  func leaderWhileApplying() async throws {
    try await Cluster.run { cluster in
      var acknowledged: [String] = []
      for (round, moment) in [0, 10, 20, 40, 60, 80, 120, 160, 240].enumerated() {
        let leader = try await cluster.startLeader()
        try cluster.writePolicy(cluster.counter("p\(round)"))
        let apply = try cluster.scratch.start(["apply", "policy", "--leader", cluster.address])
        try await Task.sleep(for: .milliseconds(moment))
        leader.kill()
        let outcome = try await apply.finish()
        #expect([0, 69].contains(outcome.status), "\(outcome)")
        if outcome.status == 0 { acknowledged.append(String(outcome.output.split(separator: " ")[1])) }
      }
      try await cluster.startLeader()
      let history = try await cluster.dmake("apply", "--history")
      let known: [String] = history.output.split(separator: "\n").dropFirst().compactMap { line in
        line.split(separator: " ").first { $0.count == 12 }.map(String.init)
      }
      #expect(known.filter { acknowledged.contains($0) } == acknowledged.reversed(), "\(history)")
    }
  }

  @Test("a leader whose nursery of wardens is killed starts another one, and both end with their leader")
  func nursery() async throws {
    try await Cluster.run { cluster in
      let leader = try await cluster.startLeader()
      var seen: [pid_t] = []
      for round in 1...3 {
        let rules = "round:\n\techo \(round) >$@\n"
        #expect(try await cluster.apply("", options: [], rules: rules).status == 0)
        try await wait(for: "round \(round)") {
          cluster.scratch.read("leader/leader/tree/round") == "\(round)\n"
        }
        let nurseries = Self.children(of: leader.pid, named: "dmake-nursery")
        #expect(nurseries.count == 1)
        #expect(nurseries.allSatisfy { !seen.contains($0) })
        seen += nurseries
        if round < 3 { for nursery in nurseries { kill(nursery, SIGKILL) } }
      }
      #expect(try await cluster.status().problems.isEmpty)
      leader.kill()
      try await wait(for: "the nursery's end") { seen.allSatisfy { kill($0, 0) == -1 && errno == ESRCH } }
    }
  }

  private static func children(of parent: pid_t, named name: String) -> [pid_t] {
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return entries.compactMap(pid_t.init).filter { pid in
      guard let data = FileManager.default.contents(atPath: "/proc/\(pid)/stat") else { return false }
      // PID (NAME) STATE PARENT …
      let words = String(decoding: data, as: UTF8.self).split(separator: " ")
      return words.count > 3 && words[1] == "(\(name))" && words[3] == "\(parent)"
    }
  }

  @Test("a leader that is killed while recipes run leaves none behind, and the next one runs them again")
  func leaderInWave() async throws {
    try await Cluster.run { cluster in
      let leader = try await cluster.startLeader()
      let (pids, gate) = (cluster.scratch.path("pids"), cluster.scratch.path("gate"))
      let rules = """
        quick:
        \techo quick >$@
        slow:
        \techo half >$@; echo $$$$ >>\(pids); until test -e \(gate); do sleep 0.05; done; echo whole >$@
        sum: quick slow
        \tcat $^ >$@

        """
      #expect(try await cluster.apply("", options: [], rules: rules).status == 0)
      try await wait(for: "the recipe") { cluster.scratch.read("pids")?.hasSuffix("\n") == true }
      let first = pid_t(cluster.scratch.read("pids")?.split(separator: "\n").first ?? "") ?? 0
      leader.kill()
      try await wait(for: "the recipe's end") { kill(first, 0) == -1 && errno == ESRCH }
      try await cluster.startLeader()
      try await wait(for: "the recipe's second run") {
        (cluster.scratch.read("pids")?.split(separator: "\n").count ?? 0) == 2
      }
      try cluster.scratch.write("gate", "")
      try await wait(for: "the result") { cluster.scratch.read("leader/leader/tree/sum") == "quick\nwhole\n" }
      #expect(try await cluster.status().problems.isEmpty)
    }
  }

  @Test("a leader without its log takes over what the agents hold, under a greater epoch")
  func lostLog() async throws {
    try await Cluster.run { cluster in
      let leader = try await cluster.startLeader()
      try cluster.startAgent("n1")
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      _ = try await cluster.apply(cluster.counter("a"))
      let before = try await cluster.status(when: "the process") { $0.isRunning("n1", "a") }
      leader.kill()
      try await cluster.startLeader(state: "another")
      let after = try await cluster.status(when: "the node under a new epoch") {
        $0.leader.epoch > before.leader.epoch && $0.isRunning("n1", "a")
      }
      #expect(after.process("n1", "a")?.pid == before.process("n1", "a")?.pid)
      try await wait(for: "the configuration in the tree") {
        try await cluster.status("n1/DMake").files.contains { $0.path == "n1/DMake/config.xml" }
      }
      #expect(cluster.starts("a").count == 1)
    }
  }

  @Test("a node whose agent and processes are gone is reported lost, and joins again")
  func lostNode() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      let agent = try cluster.startAgent("n1")
      try cluster.startAgent("n2")
      try cluster.startAgent("n3")
      try await cluster.status(when: "three nodes") { $0.nodes.count == 3 }
      agent.kill()
      try await cluster.status(when: "the loss of n1") { $0.node("n1")?.phase != "present" }
      try cluster.startAgent("n1")
      try await cluster.status(when: "n1 again") {
        $0.node("n1")?.phase == "present" && $0.node("n1")?.isConnected == true
      }
    }
  }

  @Test("SIGTERM and SIGINT end daemons in good order, whenever they come", arguments: [SIGTERM, SIGINT])
  func signals(signal: Int32) async throws {
    try await Cluster.run { cluster in
      for moment in [0, 1, 5, 10, 20, 50, 100, 200, 400] {
        let leader = try cluster.scratch.start([
          "leader", "--listen", cluster.address, "--state-dir", cluster.scratch.path("leader"),
        ])
        let agent = try cluster.startAgent("n1")
        try await Task.sleep(for: .milliseconds(moment))
        leader.signal(signal)
        agent.signal(signal)
        for (name, child) in [("leader", leader), ("agent", agent)] {
          let outcome = try await child.finish()
          // Before it listens to signals, one simply ends it.
          #expect([0, 128 + signal].contains(outcome.status), "\(name) after \(moment) ms: \(outcome)")
        }
      }
      try await cluster.startLeader()
      try cluster.startAgent("n1")
      try await cluster.status(when: "the node") { $0.nodes.count == 1 }
    }
  }

  @Test("an agent that is told to stop stops its processes, and its node is lost at once")
  func stop() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      let agent = try cluster.startAgent("n1")
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      _ = try await cluster.apply(cluster.counter("a"))
      let pid = try await cluster.status(when: "the process") { $0.isRunning("n1", "a") }.process("n1", "a")?
        .pid
      agent.signal(SIGTERM)
      #expect(try await agent.finish().status == 0)
      #expect(kill(pid_t(pid ?? 0), 0) == -1 && errno == ESRCH)
      try await cluster.status(when: "the loss") { $0.node("n1")?.phase != "present" }
    }
  }

  @Test("a command that is interrupted says so by its exit code", arguments: [SIGTERM, SIGINT])
  func interrupted(signal: Int32) async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      let watch = try cluster.scratch.start(["status", "--watch", "--leader", cluster.address])
      try await wait(for: "the first report") { !watch.output.isEmpty }
      watch.signal(signal)
      let outcome = try await watch.finish()
      #expect(outcome.status == 130)
      #expect(outcome.errors.isEmpty)
    }
  }
}
