import Glibc
import GroupProtocol
import Linux
import Model
import Testing

@testable import Agent

@Suite("What keeps a node from running its local rules")
struct LocalRuleTests {
  private let scratch: AgentScratch
  private var leader: FakeLeader { scratch.leader }
  init() throws { scratch = try AgentScratch() }

  private func run(
    _ change: @escaping (inout AgentSettings) -> Void = { _ in },
    _ body: @escaping @Sendable () async throws -> Void
  ) async throws {
    let service = try scratch.service(change)
    try await withThrowingTaskGroup(of: Void.self) { group in
      let trigger = AsyncStream<Void>.makeStream()
      group.addTask { _ = try await GracefulAgent(service: service, trigger: trigger.stream).run() }
      let outcome: Result<Void, any Error>
      do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
      trigger.continuation.finish()
      try await group.next()
      try outcome.get()
    }
  }

  /// The node runs one process.
  private func configure() throws {
    try leader.configure(
      "DMake/config.xml",
      "<config><process name='web'><executable>/bin/sleep</executable><argument>1000</argument></process></config>"
    )
  }

  private func problem() -> String? { leader.localReport?.problems.first?.message }

  @Test("no make: the leader hears so, and what runs goes on")
  func noMake() async throws {
    try configure()
    try leader.delegate("[local]\n%/web/text:\n\techo 1 >$@\n", ["web/text"])
    try await run({ $0.make = "/nonexistent/make" }) {
      try await scratch.wait("the problem") { problem() != nil }
      #expect(problem()?.hasPrefix("local rules need GNU make on their node, and it cannot be run: ") == true)
      #expect(problem()?.contains("/nonexistent/make") == true)
      try await scratch.wait("the process") { try scratch.pid("web") != nil }
    }
  }

  @Test("an allow-list without make: none runs; and with it they do")
  func permissions() async throws {
    try configure()
    try leader.delegate("[local]\n%/web/text:\n\techo 1 >$@\n", ["web/text"])
    let list = AllowListFile(path: "\(scratch.path)/allow", isRequired: true)
    try scratch.write("allow", "/bin/sleep user=\(getuid())\n")
    try await run({ $0.allowList = list }) {
      try await scratch.wait("the refusal") {
        problem()?.hasPrefix("local rules run with the agent's rights, and ") == true
      }
      #expect(problem()?.contains("allow") == true)
    }
    #expect(leader.reported("web/text") == nil)
    try scratch.write("allow", "/bin/sleep user=\(getuid())\n/usr/bin/make user=\(getuid())\n")
    try await run({ $0.allowList = list }) {
      try await scratch.wait("the file") { leader.reported("web/text") == "1\n" }
    }
  }

  @Test(
    "rules that the node must not run are refused with their place, whatever the leader has checked",
    arguments: [
      (
        "[local]\n%/web/a.xml{x}: %/web/state.xml{load}\n\tcp $< $@\n%/web/a.xml{y}: %/web/state.xml{load}\n\tcp $< $@\n",
        "a `[local]` rule writes `n1/web/a.xml{x}`"
      ),
      (
        "[local]\n%/web/text: other/db/state.xml{load}\n\tcp $< $@\n",
        "a `[local]` rule needs `other/db/state.xml{load}`, a file of another node"
      ),
      ("[local]\nshared: n1/web/state.xml{load}\n\tcp $< $@\n", "which is in no node's folder"),
    ])
  func refused(policy: String, message: String) async throws {
    try configure()
    try leader.delegate(policy, ["web/a.xml", "web/text"])
    try await run {
      try await scratch.wait("the refusal") { problem()?.contains(message) == true }
      let place = leader.localReport?.problems.first?.place
      #expect(place?.file == "DMakefile" && (place?.line ?? 0) > 0)
    }
    #expect(leader.reported("web/text") == nil)
  }

  @Test("what was kept and is damaged is asked for again, and rules run")
  func damaged() async throws {
    try configure()
    try leader.delegate("[local]\n%/web/text:\n\techo 1 >$@\n", ["web/text"])
    for name in ["record", "policy"] {
      try await run {
        try await scratch.wait("the file") { leader.reported("web/text") == "1\n" }
      }
      try scratch.write("state/local/\(name)", "no such thing")
    }
    try await run {
      try await scratch.wait("the node goes by the part") {
        leader.localReport?.policy != nil && leader.localReport?.problems == []
      }
      #expect(try scratch.read("state/node/web/text") == "1\n")
    }
  }
}
