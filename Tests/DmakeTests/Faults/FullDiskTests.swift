import Foundation
import Testing

@Suite(
  "A node's disk that is full", .serialized, .enabled(if: geteuid() == 0, "a small file system is mounted"))
struct FullDiskTests {
  private func start(_ cluster: Cluster, _ processes: String) async throws -> (SmallDisk, ChildProcess) {
    let disk = try SmallDisk(cluster.scratch, "node-n1", sizeKiB: 512)
    try await cluster.startLeader()
    let agent = try cluster.startAgent("n1")
    try await cluster.status(when: "a node") { $0.nodes.count == 1 }
    try cluster.scratch.write("policy/own.xml", "<one/>")
    let rules = "n1/web/own.xml:\n\tcp $(DMAKE_BUNDLE)/own.xml $@\n" + cluster.endRules(["web"])
    let outcome = try await cluster.apply(processes, rules: rules)
    #expect(outcome.status == 0, "\(outcome)")
    try await cluster.status(when: "the process") { $0.isRunning("n1", "web") }
    return (disk, agent)
  }

  private func own(_ cluster: Cluster) -> String? { cluster.scratch.read("node-n1/node/web/own.xml") }

  @Test(
    "keeps the configuration that stands there whole, runs what is to run, and takes the new one when it can")
  func configuration() async throws {
    try await Cluster.run { cluster in
      let (disk, agent) = try await start(cluster, cluster.counter("web"))
      try disk.fill()
      let large = "<two>\(String(repeating: "x", count: 20_000))</two>"
      try cluster.scratch.write("policy/own.xml", large)
      #expect(try await cluster.dmake("apply", "policy").status == 0)
      let status = try await cluster.status(when: "the problem") { $0.node("n1")?.problems.isEmpty == false }
      #expect(
        status.node("n1")?.problems.first?.problem.contains("No space left on device") == true, "\(status)")
      #expect(agent.errors.contains("No space left on device"))
      #expect(own(cluster) == "<one/>")

      // What ends meanwhile is told, and started again.
      kill(pid_t(status.process("n1", "web")?.pid ?? 0), SIGKILL)
      try await cluster.expect(Aftermath(node: "n1", running: ["web"], ends: ["web": 1]))
      #expect(cluster.starts("web").count == 2)
      #expect(own(cluster) == "<one/>")

      disk.makeRoom()
      try await wait(for: "the new configuration") { own(cluster) == large }
      try await wait(for: "the agent's record") {
        !agent.errors.contains("record cannot be written") || agent.errors.contains("record is written again")
      }
      // Nothing that was acknowledged is told again by the next agent.
      agent.kill()
      try cluster.startAgent("n1")
      try await cluster.status(when: "no problem") {
        $0.node("n1")?.problems.isEmpty == true && $0.node("n1")?.outdatedFiles == 0
      }
      try await cluster.expect(Aftermath(node: "n1", running: ["web"], ends: ["web": 1]))
    }
  }

  @Test("does not keep a killed agent from coming back, nor an end that it had seen from being told")
  func killedAgent() async throws {
    try await Cluster.run { cluster in
      let (disk, agent) = try await start(cluster, cluster.counter("web"))
      let pid = try await cluster.status().process("n1", "web")?.pid
      try disk.fill()
      agent.kill()
      kill(pid_t(pid ?? 0), SIGKILL)
      let second = try cluster.startAgent("n1")
      try await cluster.status(when: "another instance") {
        $0.node("n1")?.isConnected == true && $0.isRunning("n1", "web") && $0.process("n1", "web")?.pid != pid
      }
      #expect(second.status == nil)
      #expect(cluster.starts("web").count == 2)
      disk.makeRoom()
      try await cluster.expect(Aftermath(node: "n1", running: ["web"], ends: ["web": 1]))
    }
  }

  @Test("does not keep a process waiting that prints, and its log says what is missing")
  func output() async throws {
    try await Cluster.run { cluster in
      let (go, done, on) = (
        cluster.scratch.path("go"), cluster.scratch.path("done"), cluster.scratch.path("on")
      )
      let script = """
        wait() { until [ -e $1 ]; do sleep 0.02; done; }; echo before; wait \(go); i=0; \
        while [ $i -lt 4000 ]; do i=$((i+1)); echo "a line with the number $i"; done; >\(done); wait \(on); \
        echo after; exec sleep 3600
        """
      let (disk, _) = try await start(cluster, cluster.process("web", "/bin/sh", "-c", script))
      func log() -> [String] {
        (cluster.scratch.read("node-n1/log/web.log") ?? "").split(separator: "\n").map(String.init)
      }
      try await wait(for: "the first line") { log().last?.hasSuffix(" before") == true }
      try disk.fill()
      try cluster.scratch.write("go", "")
      try await wait(for: "the end of its output") { cluster.scratch.exists("done") }
      disk.makeRoom()
      try cluster.scratch.write("on", "")
      try await wait(for: "the line after") { log().last?.hasSuffix(" after") == true }
      let time = /20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (.+)/
      let text = /before|after|a line with the number \d+|dmake: \d+ bytes of output are lost/
      for line in log() {
        #expect(line.wholeMatch(of: time)?.1.wholeMatch(of: text) != nil, "\(line)")
      }
      #expect(log().contains { $0.hasSuffix("bytes of output are lost") }, "\(log().suffix(5))")
      try await cluster.expect(Aftermath(node: "n1", running: ["web"], ends: ["web": 0]))
    }
  }
}
