import Glibc
import GroupProtocol
import Linux
import Model
import ServiceLifecycle
import Testing

@testable import Agent

@Suite("The agent as a service, with real processes")
struct AgentServiceTests {
  private let scratch: AgentScratch
  private var leader: FakeLeader { scratch.leader }
  init() throws { scratch = try AgentScratch() }

  /// Runs the agent, does `body` beside it, and ends it as SIGTERM does.
  private func run(
    name: String = "n1", _ body: @escaping @Sendable () async throws -> Void
  ) async throws -> AgentExit {
    let service = try scratch.service(name: name)
    return try await withThrowingTaskGroup(of: AgentExit?.self) { group in
      let trigger = AsyncStream<Void>.makeStream()
      group.addTask { try await GracefulAgent(service: service, trigger: trigger.stream).run() }
      let outcome: Result<Void, any Error>
      do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
      trigger.continuation.finish()
      let exit = try await group.next() ?? nil
      try outcome.get()
      return try #require(exit)
    }
  }

  private func process(_ name: String, _ script: String, _ attributes: String = "", _ more: String = "")
    -> String
  {
    """
    <process name="\(name)" \(attributes)><executable>/bin/sh</executable><argument>-c</argument>
    <argument><![CDATA[\(script)]]></argument>\(more)</process>
    """
  }

  private func configure(_ processes: String...) throws {
    try leader.configure("DMake/config.xml", "<config>\(processes.joined())</config>")
  }

  @Test("a process is started, its state reported, its end too, and it is started again")
  func life() async throws {
    let exit = try await run {
      try configure(process("web", "echo '<s>'$$'</s>' > $DMAKE_STATE; exec sleep 1000"))
      try await scratch.wait("the state") { leader.reported("web/state.xml") != nil }
      let first = try #require(try scratch.pid("web"))
      #expect(leader.reported("web/state.xml") == "<s>\(first)</s>\n")
      kill(first, SIGKILL)
      try await scratch.wait("another instance") { try scratch.pid("web").map { $0 != first } ?? false }
      try await scratch.wait("the report") {
        leader.reports.contains {
          if case .stopped(_, .signalled(9), _) = $0 { true } else { false }
        }
      }
      try await scratch.wait("the machine's state") { leader.reported("DMake/state.xml") != nil }
      #expect(leader.applied[.config]?.digest != nil)
    }
    #expect(exit == .stopped)
    #expect(leader.received.last == .goodbye)
    #expect(try scratch.pid("web") == nil)
  }

  @Test("a state of many elements is reported, and so is the one after it")
  func largeState() async throws {
    let script = """
      s() { (echo '<s>'; seq -f '<e>%.0f</e>' $1; echo '</s>') >new; mv new $DMAKE_STATE; }
      s 30000; while [ ! -e go ]; do sleep 0.02; done; s 30001; exec sleep 1000
      """
    _ = try await run {
      try configure(process("web", script))
      try await scratch.wait("the first") {
        leader.reported("web/state.xml")?.contains("<e>30000</e>\n</s>") == true
      }
      try scratch.write("state/node/web/go", "")
      try await scratch.wait("the second") {
        leader.reported("web/state.xml")?.contains("<e>30001</e>") == true
      }
    }
  }

  @Test("new files are there before the signal comes")
  func reload() async throws {
    let script =
      "trap 'cat $DMAKE_CONFIG >> seen' HUP; echo '<up/>' > $DMAKE_STATE; while :; do sleep 0.05; done"
    _ = try await run {
      try leader.configure("web/config.xml", "<one/>")
      try configure(process("web", script, "reload='SIGHUP'"))
      try await scratch.wait("the process") { leader.reported("web/state.xml") != nil }
      try leader.configure("web/config.xml", "<two/>")
      try await scratch.wait("the signal") { try scratch.read("state/node/web/seen") == "<two/>" }
    }
  }

  @Test("a delivered file that somebody changes or removes on the node is restored, also with its folder")
  func altered() async throws {
    _ = try await run {
      try leader.configure("web/config.xml", "<one/>")
      try configure(process("web", "echo '<up/>' > $DMAKE_STATE; exec sleep 1000"))
      try await scratch.wait("the process") { leader.reported("web/state.xml") != nil }
      try scratch.write("state/node/web/config.xml", "<bad/>")
      try await scratch.wait("the content") { try scratch.read("state/node/web/config.xml") == "<one/>" }
      unlink("\(scratch.path)/state/node/web/config.xml")
      try await scratch.wait("the file") { try scratch.read("state/node/web/config.xml") == "<one/>" }
      try Directory(path: "\(scratch.path)/state/node").removeTree("web")
      try await scratch.wait("the folder") { try scratch.read("state/node/web/config.xml") == "<one/>" }
      #expect(try leader.applied[NodeFile("web/config.xml")]?.problem == nil)
    }
  }

  @Test(
    "what a user's process has put in the place of its program never runs as root", .enabled(if: getuid() == 0))
  func userTakenAway() async throws {
    let good = "#!/bin/sh\nid -u >> $PWD/../../ran\nexec sleep 1000\n"
    let script = "exec /bin/sh ./program"
    _ = try await run {
      try leader.configure("web/program", good)
      try configure(process("web", script, "", "<user>nobody</user>"))
      try await scratch.wait("the process") { try scratch.pid("web") != nil }
      try scratch.write("state/node/web/evil", "#!/bin/sh\necho evil >> $PWD/../../ran\nexec sleep 1000\n")
      let folder = "\(scratch.path)/state/node/web"
      chown("\(folder)/evil", 65534, 65534)
      #expect(Glibc.rename("\(folder)/evil", "\(folder)/program") == 0)
      try configure(process("web", script))
      try await scratch.wait("the start as root") {
        try scratch.read("state/ran")?.hasSuffix("0\n") == true
      }
      #expect(try scratch.read("state/ran")?.contains("evil") == false)
    }
  }

  @Test(
    "what a process that is taken out keeps in its folder stays for when it is put back, or goes where it says so"
  )
  func dataOfRemoved() async throws {
    let script = "cat dump >> found; echo '<s/>' > state.xml; echo $0 > dump; exec sleep 1000"
    _ = try await run {
      let both = [process("a", script), process("b", script, "data='remove'")]
      try leader.configure("a/a.conf", "x")
      try configure(both[0], both[1], process("c", "exec sleep 1000"))
      try await scratch.wait("the data") {
        try scratch.read("state/node/a/dump") == "/bin/sh\n" && scratch.read("state/node/b/dump") == "/bin/sh\n"
      }
      try await scratch.wait("the states") { leader.reported("a/state.xml") != nil }
      try leader.configure("a/a.conf", nil)
      try configure()
      try await scratch.wait("the removals") {
        access("\(scratch.path)/state/node/a/state.xml", F_OK) != 0
          && access("\(scratch.path)/state/node/b", F_OK) != 0
          && access("\(scratch.path)/state/node/c", F_OK) != 0
      }
      #expect(try scratch.read("state/node/a/dump") == "/bin/sh\n")
      #expect(try scratch.read("state/node/a/a.conf") == nil)
      try configure(both[0], both[1])
      try await scratch.wait("the second starts") {
        try scratch.read("state/node/a/found") == "/bin/sh\n" && scratch.read("state/node/b/dump") != nil
      }
      #expect(try scratch.read("state/node/b/found") == "")
    }
  }

  @Test("the folder of a process that is gone goes with the last file that was delivered to it")
  func lastFile() async throws {
    _ = try await run {
      try leader.configure("a/a.conf", "x")
      try configure(process("a", "exec sleep 1000"))
      try await scratch.wait("the process") { try scratch.pid("a") != nil }
      try configure()
      try await scratch.wait("the end") { try scratch.read("state/run/a") == nil }
      #expect(try scratch.read("state/node/a/a.conf") == "x")
      try leader.configure("a/a.conf", nil)
      try await scratch.wait("the folder's removal") { access("\(scratch.path)/state/node/a", F_OK) != 0 }
    }
  }

  @Test("a process that is taken out is stopped and its folder removed; a changed generation restarts it")
  func removalAndGeneration() async throws {
    _ = try await run {
      try configure(process("a", "exec sleep 1000"), process("b", "exec sleep 1000", "generation='1'"))
      try await scratch.wait("both") { try scratch.pid("a") != nil && scratch.pid("b") != nil }
      let first = try scratch.pid("b")
      try configure(process("b", "exec sleep 1000", "generation='2'"))
      try await scratch.wait("the removal") {
        try scratch.pid("a") == nil && scratch.read("state/run/a") == nil
      }
      try await scratch.wait("the restart") { try scratch.pid("b") != nil && scratch.pid("b") != first }
      try await scratch.wait("the folder's removal") { access("\(scratch.path)/state/node/a", F_OK) != 0 }
    }
  }

  @Test(
    "a bad configuration is told as a problem and changes nothing",
    arguments: [
      "<config><process name='web'/></config>", "<config", "<!DOCTYPE a [<!ENTITY b 'c'>]><config>&b;</config>",
    ])
  func bad(text: String) async throws {
    _ = try await run {
      try configure(process("web", "exec sleep 1000"))
      try await scratch.wait("the process") { try scratch.pid("web") != nil }
      let first = try scratch.pid("web")
      try leader.configure("DMake/config.xml", text)
      try await scratch.wait("the problem") {
        leader.applied[.config]?.problem?.hasPrefix("DMake/config.xml:") == true
      }
      #expect(try scratch.pid("web") == first)
    }
    // The one before is in force for the next agent too.
    _ = try await run {
      try await scratch.wait("the process of the next agent") { try scratch.pid("web") != nil }
    }
    let kept = try Directory(path: "\(scratch.path)/state").list().filter {
      $0.name.hasPrefix("configuration-")
    }
    #expect(kept.count == 1)
  }

  @Test("programs that are missing, not executable or exit again and again are reported and retried")
  func failing() async throws {
    _ = try await run {
      try leader.configure(
        "DMake/config.xml",
        """
        <config>
        <process name="missing"><executable>/nowhere/x</executable></process>
        <process name="text"><executable>/etc/passwd</executable></process>
        \(process("brief", "exit 5", "", "<back-off initial='20ms' limit='40ms'/>"))
        </config>
        """)
      try await scratch.wait("the reports") {
        let ends = leader.reports.compactMap {
          if case .stopped(let name, let end, _) = $0 { "\(name) \(end)" } else { nil }
        }
        return ends.contains("missing not started: cannot execute `/nowhere/x`: No such file or directory")
          && ends.contains("text not started: cannot execute `/etc/passwd`: Permission denied")
          && ends.filter { $0 == "brief exit 5" }.count > 4
      }
    }
  }

  @Test("a process that ignores SIGTERM is killed after its grace, and the agent still says goodbye")
  func stubborn() async throws {
    let exit = try await run {
      try configure(
        process(
          "web", "trap '' TERM; echo '<up/>' > $DMAKE_STATE; while :; do sleep 1; done", "",
          "<stop grace='100ms'/>"))
      try await scratch.wait("the process") { leader.reported("web/state.xml") != nil }
    }
    #expect(exit == .stopped)
    #expect(leader.received.last == .goodbye)
  }

  @Test("while the leader is away processes live on, and afterwards everything is told")
  func away() async throws {
    _ = try await run {
      // The second instance must not write over what the test writes.
      try configure(process("web", "[ -e $DMAKE_STATE ] || echo '<s>1</s>' > $DMAKE_STATE; exec sleep 1000"))
      try await scratch.wait("the state") { leader.reported("web/state.xml") != nil }
      leader.goAway()
      let first = try #require(try scratch.pid("web"))
      kill(first, SIGKILL)
      try await scratch.wait("another instance") { try scratch.pid("web").map { $0 != first } ?? false }
      try scratch.write("state/node/web/state.xml", "<s>2</s>")
      leader.comeBack()
      try await scratch.wait("the reports") {
        leader.reported("web/state.xml") == "<s>2</s>"
          && leader.reports.contains { if case .stopped(_, .signalled(9), _) = $0 { true } else { false } }
      }
    }
  }

  @Test("a node is renamed while it runs, by its name file and SIGHUP, and its processes go on")
  func rename() async throws {
    _ = try await run {
      try configure(process("web", "exec sleep 1000"))
      try await scratch.wait("the process") { try scratch.pid("web") != nil }
      let first = try scratch.pid("web")
      try scratch.write("state/name", "N2\n")
      kill(getpid(), SIGHUP)
      try await scratch.wait("the new name") {
        leader.received.contains { if case .hello(let hello) = $0 { hello.node.text == "n2" } else { false } }
      }
      #expect(try scratch.pid("web") == first)
    }
  }

  @Test(
    "a name file must hold a name and nothing else", arguments: ["n2 n3\n", "n2\nn3\n", " n2", "../n2\n", "\n"])
  func badName(text: String) throws {
    try Directory(path: scratch.path).makeFolders("state")
    try scratch.write("state/name", text)
    let settings = AgentSettings(name: nil, stateFolder: "state", leaders: [], version: "")
    let error = #expect(throws: AgentError.self) {
      try settings.currentName(in: Directory(path: "\(scratch.path)/state"))
    }
    #expect(error?.kind == .name)
  }

  @Test("a state folder in use by another agent is refused with that one's process id")
  func inUse() async throws {
    let other = try scratch.service(name: "n2")
    _ = try await run {
      try await scratch.wait("the agent") { leader.received.count > 0 }
      let error = await #expect(throws: AgentError.self) { try await other.runUntilExit() }
      #expect(error?.kind == .stateFolder)
      #expect(error?.description.contains("process \(getpid()) holds it") == true)
    }
  }

  @Test("a killed keeper is replaced: the process goes on, and is started again when it ends")
  func killedKeeper() async throws {
    try configure(process("web", "exec sleep 1000"))
    _ = try await run {
      func keeper() throws -> Int32? { try scratch.read("state/keeper.lock").flatMap { Int32($0.dropLast()) } }
      try await scratch.wait("the process") { try scratch.pid("web") != nil }
      let (first, web) = (try #require(try keeper()), try #require(try scratch.pid("web")))
      kill(first, SIGKILL)
      try await scratch.wait("another keeper") { try keeper().map { $0 != first } ?? false }
      #expect(try scratch.pid("web") == web)
      kill(web, SIGKILL)
      try await scratch.wait("another instance") { try scratch.pid("web").map { $0 != web } ?? false }
    }
    #expect(try scratch.pid("web") == nil)
  }

  @Test("a damaged record is set aside, and what runs is found all the same")
  func damaged() async throws {
    try Directory(path: scratch.path).makeFolders("state")
    try scratch.write("state/record", "dmake-agent 1\nnode n1\nsha256 00\n")
    _ = try await run { try await scratch.wait("hello") { leader.received.count > 0 } }
    #expect(try scratch.read("state/record.damaged") != nil)
  }

  @Test("a service manager hears that the agent is ready, works, and stops")
  func serviceManager() async throws {
    let path = "\(scratch.path)/notify"
    let receiver = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    defer { close(receiver) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let code = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(receiver, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    try #require(code == 0)
    let variables = ["NOTIFY_SOCKET": path, "WATCHDOG_USEC": "20000", "WATCHDOG_PID": "\(getpid())"]
    let service = try scratch.service { $0.serviceManager = ServiceManager { variables[$0] } }
    func next() -> String? {
      var bytes = [UInt8](repeating: 0, count: 100)
      let count = recv(receiver, &bytes, bytes.count, Int32(MSG_DONTWAIT))
      return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
    }
    var heard: [String] = []
    let agent = Task { try await service.runUntilExit() }
    try await scratch.wait("the signs of life") {
      while let text = next() { heard.append(text) }
      return heard.count > 3
    }
    #expect(heard.first == "READY=1" && heard.dropFirst().allSatisfy { $0 == "WATCHDOG=1" })
    agent.cancel()
    #expect(try await agent.value == .left)
  }
}

/// An agent in a group that is shut down when the trigger ends.
struct GracefulAgent {
  let service: AgentService
  let trigger: AsyncStream<Void>

  func run() async throws -> AgentExit {
    let keeper = ExitKeeper(service: service)
    let group = ServiceGroup(
      configuration: .init(
        services: [.init(service: keeper, successTerminationBehavior: .gracefullyShutdownGroup)],
        logger: .init(label: "test")))
    return try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { try await group.run() }
      for await _ in trigger {}
      await group.triggerGracefulShutdown()
      try await tasks.waitForAll()
      return await keeper.exit ?? .left
    }
  }
}

private actor ExitKeeper: Service {
  private let service: AgentService
  private(set) var exit: AgentExit?
  init(service: AgentService) { self.service = service }
  func run() async throws { exit = try await service.runUntilExit() }
}
