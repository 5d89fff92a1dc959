import Glibc
import Linux
import Model
import Processes
import Supervision
import Testing

@Suite("Looks at processes")
struct HealthProbesTests {
  private let scratch: Scratch
  private let probes: HealthProbes
  private let launch: Launch
  private let node: NodeName

  init() throws {
    scratch = try Scratch()
    probes = try HealthProbes(
      folders: scratch.folders, preparation: StartPreparation(folders: scratch.folders), poller: scratch.poller)
    node = try NodeName("n1")
    let process = ProcessConfiguration(name: try ProcessName("web"), executable: "/bin/web")
    launch = try #require(NodeConfiguration(environment: [:], processes: [process]).launch(of: process.name))
    try scratch.folders.node.makeFolders("web")
  }

  private func now() -> Instant { Instant(sinceStart: monotonicTime()) }

  private func look(
    _ probe: Probe, maximumAge: Duration? = nil, timeout: Duration = .seconds(30)
  ) throws -> ProbeAnswer {
    let request = ProbeRequest(.liveness, probe, timeout: timeout, maximumAge: maximumAge)
    var finding = probes.look(request, at: launch, number: 3, node: node, now: now())
    for _ in 0..<600 where finding == nil {
      for file in scratch.poller.wait(atMost: .milliseconds(100)) where probes.owns(file) {
        finding = finding ?? probes.take(file)
      }
      finding = finding ?? probes.timeout(at: now()).first
    }
    let found = try #require(finding)
    #expect(found.name == launch.name && found.number == 3 && found.question == .liveness)
    #expect(probes.deadline == nil, "nothing is under way any more")
    return found.answer
  }

  @Test("a file has to be there, to be one, and to be new enough")
  func files() throws {
    #expect(try look(.file("up")) == .unwell("the file `up` is not there"))
    try scratch.folders.node.makeFolders("web/up")
    #expect(try look(.file("up")) == .unwell("the file `up` is not there"))
    try scratch.folders.node.removeTree("web/up")
    try scratch.folders.node.write("web/up", [])
    #expect(try look(.file("up")) == .well)
    #expect(try look(.file("up"), maximumAge: .seconds(600)) == .well)
    try scratch.folders.node.setModificationTime("web/up", FileTime(seconds: 1_000_000, nanoseconds: 0))
    guard case .unwell(let reason) = try look(.file("up"), maximumAge: .seconds(600)) else {
      Issue.record("an old file counts")
      return
    }
    #expect(reason.hasPrefix("the file `up` was written "))
    let future = FileTime(seconds: 4_000_000_000, nanoseconds: 0)
    try scratch.folders.node.setModificationTime("web/up", future)
    guard case .unwell(let reason) = try look(.file("up"), maximumAge: .seconds(600)) else {
      Issue.record("a file of the future counts")
      return
    }
    #expect(reason.hasPrefix("the file `up` has a time that is "))
    #expect(try look(.file("up")) == .well)
  }

  @Test("a port has to accept a connection")
  func ports() throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(listener) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let port = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = bind(listener, $0, length)
        getsockname(listener, $0, &length)
      }
      return UInt16(bigEndian: pointer.pointee.sin_port)
    }
    let place = try #require(SocketAddress("127.0.0.1:\(port)"))
    #expect(try look(.tcp(place)) == .unwell("\(place): Connection refused"))
    listen(listener, 8)
    #expect(try look(.tcp(place)) == .well)
    let nonsense = try #require(SocketAddress("999.0.0.1:80"))
    guard case .unwell = try look(.tcp(nonsense)) else { Issue.record("999.0.0.1 is an address"); return }
  }

  @Test("a command has to exit with 0, in the process's folder and with its variables")
  func commands() throws {
    let script =
      "test $DMAKE_PROC = web && test $DMAKE_START = 3 && test -d ../web && test $(basename $PWD) = web"
    #expect(try look(.command(["sh", "-c", script])) == .well)
    #expect(try look(.command(["/bin/sh", "-c", "exit 3"])) == .unwell("`/bin/sh` exits with 3"))
    #expect(try look(.command(["sh", "-c", "kill -9 $$"])) == .unwell("`sh` is killed by signal 9"))
    guard case .unwell(let reason) = try look(.command(["/nowhere/check"])) else {
      Issue.record("a missing command is well")
      return
    }
    #expect(reason.contains("No such file or directory"))
  }

  @Test("a command that fails says why, in a line that draws nothing")
  func reason() throws {
    let script = "printf 'no answer\\033[31m\\nfrom the port\\n' >&2; echo unread; exit 3"
    #expect(
      try look(.command(["sh", "-c", script]))
        == .unwell("`sh` exits with 3: no answer [31m; from the port"))
    let long = try look(.command(["sh", "-c", "head -c 1000000 /dev/zero | tr '\\0' x >&2; exit 1"]))
    #expect(long == .unwell("`sh` exits with 1: \(String(repeating: "x", count: 256))…"))
  }

  private func pids(_ file: String) throws -> [Int32] {
    String(decoding: try scratch.folders.node.read(file, limitBytes: 100), as: UTF8.self)
      .split(separator: "\n").compactMap { Int32($0) }
  }

  @Test("what a command leaves goes with it, also what has left its group of processes")
  func leftovers() throws {
    #expect(try look(.command(["sh", "-c", "timeout 7700 sleep 7001 & echo $! >left"])) == .well)
    let left = try #require(try pids("web/left").first)
    try scratch.wait { ProcessIdentity(running: left) == nil }
  }

  /// Whether this machine lets a test have control groups.
  private static let hasGroups = (try? ControlGroupFolder(.automatic, name: "dmake-test-\(getpid())")) != nil

  @Test("with a control group also what has left its session goes, and the group", .enabled(if: hasGroups))
  func daemons() throws {
    let folder = try ControlGroupFolder(.automatic, name: "dmake-test-\(scratch.path.suffix(6))")
    defer { ControlGroup.remove(folder.path) }
    probes.controlGroups = folder
    let script = "setsid sh -c 'echo $$ >left; exec sleep 7001' & while [ ! -s left ]; do sleep 0.01; done"
    #expect(try look(.command(["sh", "-c", script])) == .well)
    #expect(
      try look(.command(["sh", "-c", "rm left; \(script); exec sleep 7001"]), timeout: .seconds(1)) != .well)
    let left = try pids("web/left")
    #expect(left.count == 1)
    try scratch.wait {
      // As the agent does whenever anything ends.
      _ = try look(.command(["true"]))
      let groups = try Directory(path: folder.path).list().filter { $0.kind == .folder }
      return groups.isEmpty && ProcessIdentity(running: left[0]) == nil
    }
  }

  @Test("a command that takes too long is killed with all that it started")
  func slow() throws {
    let script = "sleep 1000 & echo $! >child; echo $$ >self; wait"
    let answer = try look(.command(["sh", "-c", script]), timeout: .seconds(2))
    #expect(answer == .unwell("`sh` does not end within 2000 ms"))
    for file in ["web/child", "web/self"] {
      let text = String(decoding: try scratch.folders.node.read(file, limitBytes: 100), as: UTF8.self)
      let pid = try #require(Int32(text.dropLast()))
      try scratch.wait {
        // Its number is free, or it waits for whoever is its parent.
        for ready in scratch.poller.wait(atMost: .zero) where probes.owns(ready) { _ = probes.take(ready) }
        return ProcessIdentity(running: pid) == nil
      }
    }
  }
}
