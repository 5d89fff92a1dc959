import Glibc
import Linux
import Model
import Processes
import Supervision
import Testing

@Suite("Commands of probes")
struct NodeProbeCommandsTests {
  private let scratch: Scratch
  private let preparation: StartPreparation
  private let commands: NodeProbeCommands

  init() throws {
    scratch = try Scratch()
    preparation = StartPreparation(folders: scratch.folders)
    commands = try NodeProbeCommands(folders: scratch.folders, preparation: preparation, poller: scratch.poller)
  }

  private func now() -> Instant { Instant(sinceStart: monotonicTime()) }

  private func run(_ command: [String], timeout: Duration = .seconds(60)) throws -> NodeProbeCommands.Outcome {
    var probe = NodeProbe(name: "disks", command: command)
    probe.timeout = timeout
    var finding = commands.run(probe, node: try NodeName("n1"), now: now())
    for _ in 0..<600 where finding == nil {
      for file in scratch.poller.wait(atMost: .milliseconds(100)) where commands.owns(file) {
        finding = finding ?? commands.take(file)
      }
      finding = finding ?? commands.timeout(at: now()).first
    }
    #expect(commands.deadline == nil, "nothing is under way any more")
    let found = try #require(finding)
    #expect(found.probe == probe)
    return found.outcome
  }

  private func shell(_ script: String, timeout: Duration = .seconds(60)) throws -> NodeProbeCommands.Outcome {
    try run(["/bin/sh", "-c", script], timeout: timeout)
  }

  @Test("what one prints is taken, but for its errors, with nothing of the agent's own variables")
  func output() throws {
    setenv("AGENT_SECRET", "x", 1)
    let script =
      "echo oops >&2; echo \"<$DMAKE_NODE/>$DMAKE_PROBE${AGENT_SECRET-}\"; test $PWD = \(scratch.path)"
    #expect(try shell(script) == .printed(Array("<n1/>disks\n".utf8)))
    let long = String(repeating: "x", count: 60_000)
    #expect(try run(["printf", "%s", long]) == .printed(Array(long.utf8)))
  }

  @Test("one that fails, ends by a signal or is not there says so")
  func failures() throws {
    #expect(try shell("echo '<a/>'; exit 3") == .failed("`/bin/sh` exits with 3"))
    #expect(try shell("kill -9 $$") == .failed("`/bin/sh` is killed by signal 9"))
    #expect(
      try run(["/nowhere/x"]) == .failed("cannot execute `/nowhere/x`: No such file or directory"))
    preparation.allowList = try AllowList(text: "/bin/true user=*\n", file: "allow")
    guard case .failed(let reason) = try shell("true") else { Issue.record("it is permitted"); return }
    #expect(reason.contains("/bin/sh"), "\(reason)")
  }

  @Test("one that prints without end is ended, and so is one that does not end, with all of it")
  func bounds() throws {
    #expect(try run(["yes"]) == .failed("`yes` prints more than 65536 bytes"))
    #expect(
      try shell("head -c 65537 /dev/zero") == .failed("`/bin/sh` prints more than 65536 bytes"))
    let file = "\(scratch.path)/pids"
    let late = try shell(
      "sleep 1000 & echo $! >\(file); echo '<a/>'; exec sleep 1000", timeout: .milliseconds(500))
    #expect(late == .failed("`/bin/sh` does not end within 500 ms"))
    // Nobody waits for what it leaves behind with its output open.
    #expect(try shell("sleep 1000 & echo $! >>\(file); echo '<b/>'") == .printed(Array("<b/>\n".utf8)))
    let pids = String(decoding: try Directory.readFile(path: file, limitBytes: 100), as: UTF8.self)
      .split(separator: "\n").compactMap { Int32($0) }
    #expect(pids.count == 2)
    try scratch.wait { pids.allSatisfy { ProcessIdentity(running: $0) == nil } }
  }
}
