import Agent
import Glibc
import GroupProtocol
import Linux
import Model
import Testing

@Suite("An agent that is killed at any moment", .serialized)
struct KilledAgentTests {
  private let scratch: AgentScratch
  private let agents = Agents()
  init() throws { scratch = try AgentScratch() }

  /// Those that run, for as long as their test does.
  private final class Agents {
    var all: [pid_t] = []
    deinit {
      for agent in all {
        kill(agent, SIGKILL)
        waitpid(agent, nil, 0)
      }
    }
  }

  /// Each instance locks a file for as long as it lives; one that finds it locked is a second instance.
  private static func script(life: String) -> String {
    "exec 9>>lock; if flock -n 9; then echo >> starts; else echo >> doubles; fi; exec sleep \(life)"
  }

  private func process(_ name: String, life: String) -> String {
    """
    <process name="\(name)"><executable>/bin/bash</executable><argument>-c</argument>
    <argument><![CDATA[\(Self.script(life: life))]]></argument>
    <back-off initial="10ms" limit="10ms"/></process>
    """
  }

  private func spawnAgent(_ configuration: String, by wrapper: [String] = []) throws -> pid_t {
    var pid: pid_t = 0
    let words: [String] = wrapper + [AgentScratch.fixture, "\(scratch.path)/state", configuration]
    let program = words[0]
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    // Who reads what the tests print waits for all that hold their output.
    for stream in [STDOUT_FILENO, STDERR_FILENO] {
      posix_spawn_file_actions_addopen(
        &actions, stream, "\(scratch.path)/agent.log", O_WRONLY | O_CREAT | O_APPEND, 0o600)
    }
    let code = posix_spawn(&pid, program, &actions, nil, &arguments, environ)
    try #require(code == 0, "cannot start \(program)")
    agents.all.append(pid)
    return pid
  }

  private func end(_ agent: pid_t, _ signal: Int32) async throws {
    kill(agent, signal)
    try await scratch.wait("the end of an agent") { waitpid(agent, nil, WNOHANG) != 0 }
    agents.all.removeAll { $0 == agent }
  }

  private func lines(_ process: String, _ file: String) throws -> Int {
    try scratch.read("state/node/\(process)/\(file)")?.utf8.count ?? 0
  }

  @Test("a process of the agent's own user needs no root to become it", .enabled(if: getuid() == 0))
  func ownUser() async throws {
    try #require(chown(scratch.path, 65534, 65534) == 0)
    let setpriv = ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    let user = "<user>nobody</user>"
    let agent = try spawnAgent(
      "<config><process name='web'><executable>sleep</executable><argument>1000</argument>\(user)</process></config>",
      by: setpriv)
    try await scratch.wait("the process") { try scratch.pid("web") != nil }
    let pid = try #require(try scratch.pid("web"))
    try await end(agent, SIGKILL)
    kill(pid, SIGKILL)
  }

  @Test("finds its processes again: the same instance, not started twice")
  func adoption() async throws {
    let configuration = "<config>\(process("web", life: "1000"))</config>"
    var agent = try spawnAgent(configuration)
    try await scratch.wait("the process") { try lines("web", "starts") == 1 }
    let first = try #require(try scratch.pid("web"))
    try await end(agent, SIGKILL)
    #expect(try scratch.pid("web") == first)

    agent = try spawnAgent(configuration)
    // The new agent watches it: when it dies, although no child of this agent, it is started again.
    try await scratch.wait("the lock of the new agent") {
      try scratch.read("state/lock")?.hasPrefix("\(agent)\n") == true
    }
    #expect(try scratch.pid("web") == first)
    kill(first, SIGKILL)
    try await scratch.wait("another instance") { try lines("web", "starts") == 2 }
    try await end(agent, SIGKILL)

    // It dies while no agent is there.
    kill(try #require(try scratch.pid("web")), SIGKILL)
    try await scratch.wait("its end") { try scratch.pid("web") == nil }
    agent = try spawnAgent(configuration)
    try await scratch.wait("a third instance") { try lines("web", "starts") == 3 }
    #expect(try lines("web", "doubles") == 0)
    try await end(agent, SIGQUIT)
    #expect(try scratch.pid("web") != nil)
    kill(try #require(try scratch.pid("web")), SIGKILL)
  }

  @Test("knows what becomes of the data of a process that left the configuration before it was killed")
  func leaving() async throws {
    let script = "trap '' TERM; echo > data; touch ready; until test -e ../go; do sleep 0.02; done"
    func process(_ name: String, _ data: String) -> String {
      """
      <process name="\(name)" data="\(data)"><executable>/bin/bash</executable><argument>-c</argument>
      <argument><![CDATA[\(script)]]></argument><stop grace="1h"/></process>
      """
    }
    var agent = try spawnAgent("<config>\(process("web", "remove"))\(process("db", "keep"))</config>")
    try await scratch.wait("the processes") { try lines("web", "data") == 1 && lines("db", "data") == 1 }
    try await end(agent, SIGKILL)
    agent = try spawnAgent("<config/>")
    try await scratch.wait("the record") {
      try scratch.read("state/record")?.contains("leaving web remove\n") == true
    }
    try await end(agent, SIGKILL)
    agent = try spawnAgent("<config/>")
    try await scratch.wait("the lock of the new agent") {
      try scratch.read("state/lock")?.hasPrefix("\(agent)\n") == true
    }
    try scratch.write("state/node/go", "")
    try await scratch.wait("the removal") {
      try scratch.read("state/run/web") == nil && scratch.read("state/run/db") == nil
        && access("\(scratch.path)/state/node/web", F_OK) != 0
    }
    #expect(try lines("db", "data") == 1)
    try await end(agent, SIGKILL)
  }

  @Test("at many points of starting and restarting: no instance beside a living one, and none forgotten")
  func killing() async throws {
    let names = (0..<8).map { "p\($0)" }
    let configuration = "<config>\(names.map { process($0, life: "0.02") }.joined())</config>"
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<40 {
      let agent = try spawnAgent(configuration)
      try await Task.sleep(for: .microseconds(Int64.random(in: 1_000...120_000, using: &generator)))
      try await end(agent, SIGKILL)
    }
    // Left alone now: every process is still being started again and again.
    let before = try names.map { try lines($0, "starts") }
    let agent = try spawnAgent(configuration)
    try await scratch.wait("every process to be started again") {
      try zip(names, before).allSatisfy { try lines($0, "starts") > $1 + 2 }
    }
    for name in names { #expect(try lines(name, "doubles") == 0) }
    try await end(agent, SIGQUIT)
  }
}
