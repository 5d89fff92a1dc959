import Foundation
import Testing

@Suite("The logs of processes, from anywhere", .serialized)
struct LogTests {
  private func startCluster(_ cluster: Cluster) async throws -> ChildProcess {
    let leader = try await cluster.startLeader()
    try cluster.startAgent("n1")
    try await cluster.status(when: "a node") { $0.nodes.count == 1 }
    return leader
  }

  /// A process that prints the numbers up to one that it finds in a file, each once, into small files.
  private func counter(_ cluster: Cluster) -> String {
    let script = """
      i=0; while :; do n=$(cat \(cluster.scratch.path("count")) 2>/dev/null); \
      while [ $i -lt ${n:-0} ]; do i=$((i+1)); echo "number $i"; done; sleep 0.02; done
      """
    return cluster.process("web", "/bin/sh", "-c", script)
      .replacing("</process>", with: "<log size=\"4096\" keep=\"60\"/></process>")
  }

  /// What was printed, without the times.
  private func texts(_ output: String) -> [String] {
    output.split(separator: "\n").map { String($0.drop { $0 != " " }.dropFirst()) }
  }

  private func follow(_ cluster: Cluster, _ arguments: String...) throws -> ChildProcess {
    try cluster.scratch.start(
      ["status", "n1/web", "--log", "-f"] + arguments, environment: ["DMAKE_LEADERS": cluster.address])
  }

  @Test("the last lines are shown with their times, and what is wrong is named")
  func lines() async throws {
    try await Cluster.run { cluster in
      _ = try await startCluster(cluster)
      _ = try await cluster.apply(counter(cluster) + cluster.process("mute", "/bin/sleep", "3600"))
      try await cluster.status(when: "the processes") {
        $0.isRunning("n1", "web") && $0.isRunning("n1", "mute")
      }
      let mute = try await cluster.dmake("status", "n1/mute", "--log")
      #expect(
        mute
          == Outcome(status: 65, errors: "dmake: process `mute` of node `n1` has not printed anything yet\n"))
      let process = try await cluster.dmake("status", "n1/other", "--log")
      #expect(
        process
          == Outcome(
            status: 65, errors: "dmake: node `n1` has no process `other`; `dmake status n1` lists them\n"))
      let node = try await cluster.dmake("status", "n9/web", "--log")
      #expect(
        node == Outcome(status: 65, errors: "dmake: there is no node `n9`; `dmake status` lists the nodes\n"))

      try cluster.scratch.write("count", "3000")
      try await wait(for: "the last number") {
        try await cluster.dmake("status", "n1/web", "--log", "--lines", "1").output.hasSuffix(" number 3000\n")
      }
      let forty = try await cluster.dmake("status", "n1/web", "--log")
      #expect(texts(forty.output) == (2961...3000).map { "number \($0)" }, "\(forty)")
      let first = try #require(forty.output.split(separator: "\n").first)
      #expect(first.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z number 2961/) != nil, "\(first)")
      // Over twenty files that were set aside.
      let many = try await cluster.dmake("status", "n1/web", "--log", "--lines", "2500")
      #expect(texts(many.output) == (501...3000).map { "number \($0)" })
      #expect(try await cluster.dmake("status", "n1/web", "--log", "--lines", "0") == Outcome(status: 0))
    }
  }

  @Test("followed, no line is lost or doubled by rotations and by a leader that was killed, until SIGINT")
  func follows() async throws {
    try await Cluster.run { cluster in
      let leader = try await startCluster(cluster)
      _ = try await cluster.apply(counter(cluster))
      let reader = try follow(cluster)
      try await wait(for: "a reader that waits") {
        reader.errors.contains("has not printed anything yet; waiting")
      }
      try cluster.scratch.write("count", "2000")
      try await wait(for: "all numbers") { reader.output.hasSuffix(" number 2000\n") }
      #expect(texts(reader.output) == (1...2000).map { "number \($0)" })
      let late = try follow(cluster, "--lines", "2")
      try await wait(for: "the last lines") { late.output.hasSuffix(" number 2000\n") }

      leader.kill()
      try cluster.scratch.write("count", "2500")
      // What is told is the broken connection or the missing leader, whichever came first.
      try await wait(for: "the complaint") { reader.errors.split(separator: "\n").count == 2 }
      try await cluster.startLeader()
      for child in [reader, late] {
        try await wait(for: "what was printed meanwhile") { child.output.hasSuffix(" number 2500\n") }
      }
      #expect(texts(reader.output) == (1...2500).map { "number \($0)" })
      #expect(texts(late.output) == (1999...2500).map { "number \($0)" })
      for child in [reader, late] {
        child.signal(SIGINT)
        #expect(try await child.finish().status == 130)
      }
    }
  }

  @Test("an agent that is away or stands still is told, and its log is there again when it comes back")
  func away() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      let agent = try cluster.startAgent("n1")
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      try cluster.scratch.write("count", "10")
      _ = try await cluster.apply(counter(cluster))
      try await wait(for: "the numbers") {
        try await cluster.dmake("status", "n1/web", "--log", "--lines", "1").output.hasSuffix(" number 10\n")
      }
      agent.kill()
      try await cluster.status(when: "the loss of the link") { $0.node("n1")?.isConnected != true }
      let away = try await cluster.dmake("status", "n1/web", "--log")
      #expect([65, 69].contains(away.status) && away.output.isEmpty, "\(away)")
      #expect(away.errors.contains("is not connected") || away.errors.contains("there is no node"), "\(away)")
      try cluster.startAgent("n1")
      try await wait(for: "the numbers again") {
        try await cluster.dmake("status", "n1/web", "--log", "--lines", "1").output.hasSuffix(" number 10\n")
      }
    }
  }

  @Test("what a process prints to take over a terminal is shown on one, and passed on to a pipe as it is")
  func hostile() async throws {
    try await Cluster.run { cluster in
      _ = try await startCluster(cluster)
      let script = "printf '\\033]0;owned\\007\\033[2J\\302\\233 bad \\377\\n'; exec sleep 3600"
      _ = try await cluster.apply(cluster.process("web", "/bin/sh", "-c", script))
      try await wait(for: "the line") {
        try await cluster.dmake("status", "n1/web", "--log").output.contains("\u{1b}]0;owned\u{7}\u{1b}[2J")
      }
      let command = "\(try Tool.path) status n1/web --log"
      let terminal = try await cluster.scratch.start(
        ["--quiet", "--return", "--command", command, "/dev/null"],
        environment: ["DMAKE_LEADERS": cluster.address, "TERM": "xterm"], program: "/usr/bin/script"
      ).finish()
      #expect(terminal.output.contains("\\u{1b}]0;owned\\u{7}\\u{1b}[2J\\u{9b} bad \u{fffd}"), "\(terminal)")
      #expect(!terminal.output.contains("\u{1b}"))
    }
  }
}
