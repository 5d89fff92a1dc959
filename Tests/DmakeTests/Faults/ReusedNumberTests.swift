import Foundation
import Testing

@Suite("Numbers of processes that are used again", .serialized)
struct ReusedNumberTests {
  private let marker = "DMAKE_BYSTANDER"

  /// A session of its own with two children, which nobody may touch.
  private static let session = "sleep 3600 & sleep 3600 & wait"

  private func bystanders(_ cluster: Cluster) -> [SystemProcess] {
    SystemProcess.all.filter { $0.variables[marker] == cluster.scratch.folder && !$0.isZombie }
  }

  @Test("a record whose number belongs to another session by now: that is neither taken over nor harmed")
  func forged() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      let agent = try cluster.startAgent("n1")
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      _ = try await cluster.apply(cluster.counter("web"), rules: cluster.endRules(["web"]))
      let first = try await cluster.status(when: "the process") { $0.isRunning("n1", "web") }
        .process("n1", "web")?.pid
      // All of it dies at once, as with the container that it runs in.
      agent.kill()
      kill(try #require(cluster.keeper()), SIGKILL)
      kill(pid_t(try #require(first)), SIGKILL)
      try await wait(for: "the end") { kill(pid_t(first ?? 0), 0) == -1 }

      let other = try cluster.scratch.start(
        ["/bin/sh", "-c", Self.session], environment: [marker: cluster.scratch.folder],
        program: "/usr/bin/setsid")
      cluster.scratch.atEnd { for process in bystanders(cluster) { kill(process.pid, SIGKILL) } }
      try await wait(for: "the other session") { bystanders(cluster).filter { $0.name == "sleep" }.count == 2 }
      let leader = try #require(bystanders(cluster).first { $0.session == $0.pid }?.pid)
      let before = bystanders(cluster).map(\.pid)
      let record = try #require(cluster.scratch.read("node-n1/run/web"))
      try cluster.scratch.write("node-n1/run/web", record.replacing("\n\(first ?? 0) ", with: "\n\(leader) "))

      try cluster.startAgent("n1")
      try await cluster.expect(Aftermath(node: "n1", running: ["web"], ends: ["web": 1]))
      #expect(cluster.ends("web").first?.contains("unknown") == true)
      #expect(bystanders(cluster).map(\.pid) == before)
      #expect(cluster.starts("web").count == 2)
      other.kill()
    }
  }

  @Test(
    "a container that starts again on the same folder, in which another session has the number",
    .enabled(if: geteuid() == 0, "a namespace of process numbers is made"))
  func container() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      let agent = [
        try Tool.path, "agent", "--name", "n1", "--leader", cluster.address, "--state-dir",
        cluster.scratch.path("node-n1"),
      ].joined(separator: " ")
      func container(_ script: String) throws -> ChildProcess {
        try cluster.scratch.start(
          ["--pid", "--fork", "--kill-child", "--mount-proc", "/bin/sh", "-c", script],
          environment: [marker: cluster.scratch.folder], program: "/usr/bin/unshare")
      }
      let first = try container("\(agent) & wait")
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      _ = try await cluster.apply(cluster.counter("web"), rules: cluster.endRules(["web"]))
      let pid = try #require(
        try await cluster.status(when: "the process") { $0.isRunning("n1", "web") }.process("n1", "web")?.pid)
      first.kill()
      try await wait(for: "the container's end") { bystanders(cluster).isEmpty }

      _ = try container(
        """
        echo \(pid - 1) >/proc/sys/kernel/ns_last_pid; setsid sh -c '\(Self.session)' & echo $! >\
        \(cluster.scratch.path("number")); sleep 0.2; \(agent) & wait
        """)
      try await wait(for: "the other session") { bystanders(cluster).filter { $0.name == "sleep" }.count == 2 }
      #expect(cluster.scratch.read("number") == "\(pid)\n")
      try await cluster.status(when: "another instance") { $0.isRunning("n1", "web") }
      try await wait(for: "its end") { cluster.ends("web").count == 1 }
      #expect(cluster.starts("web").count == 2)
      #expect(bystanders(cluster).filter { $0.name == "sleep" && $0.variables["DMAKE_PROC"] == nil }.count == 2)
    }
  }
}
