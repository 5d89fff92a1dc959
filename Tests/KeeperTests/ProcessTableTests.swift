import Glibc
import Linux
import Model
import Processes
import Supervision
import Testing

@testable import Keeper

@Suite("The table of processes")
struct ProcessTableTests {
  private let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test("an exit is seen with its code, and the output stands in the log")
  func exit() throws {
    _ = try scratch.start(scratch.launch("web", "/bin/sh", ["-c", "echo out; echo err >&2; exit 7"]))
    let ended = try scratch.nextEnd()
    #expect(ended.name.text == "web")
    #expect(ended.end == .exited(code: 7))
    #expect(try scratch.log("web") == "out\nerr\n")
  }

  @Test("a signal is seen by its number")
  func signal() throws {
    let launch = try scratch.launch("web", "sleep", ["1000"])
    _ = try scratch.start(launch)
    scratch.table.signal(launch.name, .kill)
    #expect(try scratch.nextEnd().end == .signalled(9))
  }

  @Test("an end is told once, also while a child that another thread forks holds the same descriptors")
  func sharedDescriptor() throws {
    let launch = try scratch.launch("web", "sleep", ["1000"])
    _ = try scratch.start(launch)
    let descriptor = try #require(scratch.table.slots[launch.name]?.running?.descriptor)
    let copy = dup(descriptor)
    defer { close(copy) }
    scratch.table.signal(launch.name, .kill)
    #expect(try scratch.nextEnd().end == .signalled(9))
    #expect(!scratch.poller.wait(atMost: .zero).contains(descriptor))
  }

  @Test("a notice that is of no end is none")
  func falseNotice() throws {
    let launch = try scratch.launch("web", "sleep", ["1000"])
    let pid = try scratch.start(launch)
    let descriptor = try #require(scratch.table.slots[launch.name]?.running?.descriptor)
    #expect(scratch.table.take([descriptor]).isEmpty)
    #expect(scratch.table.kept.map(\.state) == [.running(pid: pid)])
    scratch.table.signal(launch.name, .kill)
    #expect(try scratch.nextEnd().end == .signalled(9))
  }

  @Test("a child finds its folder, its variables, an empty stdin, default signals and no foreign descriptor")
  func environment() throws {
    let script = """
      pwd; echo "$DMAKE_NODE $DMAKE_PROC $DMAKE_STATE $DMAKE_CONFIG $GREETING"; env | grep -c AGENT_SECRET
      cat; ls /proc/self/fd | wc -l; grep -E '^Sig(Blk|Ign)' /proc/self/status | tr -d '\\n\\t'; ulimit -n
      """
    setenv("AGENT_SECRET", "x", 1)
    signalIgnored(SIGPIPE)
    _ = try scratch.start(scratch.launch("web", "/bin/sh", ["-c", script]))
    #expect(try scratch.nextEnd().end == .exited(code: 0))
    let lines = try scratch.log("web").split(separator: "\n").map(String.init)
    let folder = "\(scratch.path)/node/web"
    #expect(lines[0] == folder)
    #expect(lines[1] == "n1 web \(folder)/state.xml \(folder)/config.xml hello")
    #expect(lines[2] == "0")
    // 0, 1, 2 and the one that `ls` reads the folder with.
    #expect(lines[3] == "4")
    #expect(lines[4].hasPrefix("SigBlk:0000000000000000SigIgn:0000000000000000"))
  }

  @Test(
    "what cannot be started says why in a sentence, and nothing is left behind",
    arguments: [
      ("/nowhere/program", "cannot execute `/nowhere/program`: No such file or directory"),
      ("no-such-program", "cannot execute `no-such-program`: No such file or directory"),
      ("/etc/passwd", "cannot execute `/etc/passwd`: Permission denied"),
      ("/tmp", "cannot execute `/tmp`: Permission denied"),
    ])
  func notStarted(executable: String, sentence: String) throws {
    let launch = try scratch.launch("web", executable)
    #expect(throws: StartError.self) { try scratch.start(launch) }
    let result = scratch.table.start(try scratch.prepared(launch, number: 2))
    guard case .failure(let error) = result else { Issue.record("it was started"); return }
    #expect(error.description == sentence)
    #expect(!scratch.table.isAnyRunning)
  }

  @Test(
    "of a script the interpreter that is not there is named",
    arguments: [
      ("#!/nowhere/python -u\n", "/nowhere/python"), ("#! /bin/sh\r\necho\r\n", "/bin/sh\\r"),
      ("#!/nowhere/end", "/nowhere/end"),
    ])
  func interpreter(text: String, name: String) throws {
    let path = "\(scratch.path)/script"
    try scratch.folders.state.write("script", Array(text.utf8), mode: 0o755)
    let result = scratch.table.start(try scratch.prepared(scratch.launch("web", path)))
    guard case .failure(let error) = result else { Issue.record("it was started"); return }
    #expect(
      error.description
        == "cannot execute `\(path)`: there is no `\(name)`, by which it says in its first line that it is run")
  }

  @Test("more open files than the kernel gives anybody are said to be too many", arguments: [false, true])
  func openFiles(isInfinite: Bool) throws {
    let most = try Directory.readFile(path: "/proc/sys/fs/nr_open", limitBytes: 64)
    let limit = try #require(UInt64(String(decoding: most.dropLast(), as: UTF8.self)))
    func launch(_ hard: UInt64) throws -> Launch {
      try scratch.launch("web", "/bin/true") { $0.rights.limits[.openFiles] = .init(soft: 100, hard: hard) }
    }
    _ = try scratch.prepared(launch(limit))
    let error = #expect(throws: StartFailure.self) {
      try scratch.prepared(launch(isInfinite ? .max : limit + 1))
    }
    #expect(error?.description.contains("is above the kernel's \(limit) for each process") == true)
  }

  @Test("a folder or user that is not there is named")
  func badSurroundings() throws {
    let folder = try scratch.launch("a", "/bin/true") { $0.workingFolder = "/nowhere" }
    let user = try scratch.launch("b", "/bin/true") { $0.user = "no-such-user" }
    let sentences = [folder, user].map { launch -> String in
      do {
        _ = try scratch.start(launch)
        return "started"
      } catch {
        return "\(error)"
      }
    }
    #expect(
      sentences == [
        "the working folder of `/nowhere` cannot be entered: No such file or directory",
        "cannot find the user `no-such-user`: /etc/passwd has no such name; use a number",
      ])
  }

  @Test("a user given by name gets its ids, its groups and the process's folder", .enabled(if: getuid() == 0))
  func user() throws {
    let script = "id -u; id -g; touch state.xml && echo wrote; echo $HOME"
    _ = try scratch.start(scratch.launch("web", "/bin/sh", ["-c", script]) { $0.user = "nobody" })
    #expect(try scratch.nextEnd().end == .exited(code: 0))
    #expect(try scratch.log("web").hasPrefix("65534\n65534\nwrote\n"))
  }

  @Test("the log goes on in a new file when somebody removes or renames it", arguments: [true, false])
  func logTakenAway(isRemoved: Bool) throws {
    let script = "echo one; while [ ! -e go ]; do sleep 0.02; done; echo two"
    _ = try scratch.start(scratch.launch("web", "/bin/sh", ["-c", script]))
    try scratch.wait { try scratch.log("web") == "one\n" }
    let log = "\(scratch.path)/log/web.log"
    #expect((isRemoved ? unlink(log) : rename(log, log + ".aside")) == 0)
    try scratch.folders.node.write("web/go", [])
    _ = try scratch.nextEnd()
    #expect(try scratch.log("web") == "two\n")
    if !isRemoved {
      let aside = try scratch.keeperFolders.log.read("web.log.aside", limitBytes: 100)
      #expect(String(decoding: aside, as: UTF8.self).hasSuffix(" one\n"))
    }
  }

  @Test("a line of more than 16 KiB is cut there, whatever is read at once, and never within a character")
  func longLine() throws {
    // `é` has two bytes, of which the limit would fall between when one byte stands before them.
    let script = """
      printf '%16384d\\n' 1; printf '%16384d' 1; sleep 0.1; printf '23\\nx'
      printf '\\303\\251%.0s' $(seq 8192); echo
      """
    _ = try scratch.start(scratch.launch("web", "/bin/sh", ["-c", script]))
    _ = try scratch.nextEnd()
    let lines = try scratch.log("web").split(separator: "\n")
    let number = String(repeating: " ", count: 16383) + "1"
    let mark = " [continues]"
    #expect(lines.count == 5)
    #expect(lines[0] == number)
    #expect(lines[1] == number + mark && lines[2] == "23")
    #expect(lines[3] == "x" + String(repeating: "é", count: 8191) + mark && lines[4] == "é")
  }

  @Test("what another user could read from is no process's output any more", .enabled(if: getuid() == 0))
  func outputOfOther() throws {
    let pipe = "\(scratch.path)/run/web~out"
    func owner() -> UInt32 {
      var status = stat()
      lstat(pipe, &status)
      return status.st_uid
    }
    _ = try scratch.start(scratch.launch("web", "/bin/sh", ["-c", "echo one"]) { $0.user = "nobody" })
    _ = try scratch.nextEnd()
    #expect(owner() == 65534)
    let reader = open(pipe, O_RDONLY | O_NONBLOCK)
    defer { close(reader) }
    _ = try scratch.start(scratch.launch("web", "/bin/sh", ["-c", "echo two"]), number: 2)
    _ = try scratch.nextEnd()
    #expect(owner() == 0)
    #expect(try scratch.log("web") == "one\ntwo\n")
    var byte: UInt8 = 0
    #expect(read(reader, &byte, 1) <= 0)
  }

  @Test("a process that ignores SIGTERM, and its child, are killed together")
  func stubborn() throws {
    let script = "trap '' TERM; echo ready; sleep 1000; sleep 1000"
    let launch = try scratch.launch("web", "/bin/sh", ["-c", script])
    let pid = try scratch.start(launch)
    try scratch.wait { try scratch.log("web") == "ready\n" }
    scratch.table.signalAll(launch.name, .terminate)
    #expect(ProcessIdentity(running: pid) != nil)
    scratch.table.signalAll(launch.name, .kill)
    #expect(try scratch.nextEnd().end == .signalled(9))
  }

  @Test("a process that stands still takes the signal that is to stop it, and what it started too")
  func stopped() throws {
    let script = "trap 'exit 3' TERM; sh -c 'trap \"echo told\" TERM; kill -STOP $$'& kill -STOP $$; wait; wait"
    let launch = try scratch.launch("web", "/bin/sh", ["-c", script])
    let pid = try scratch.start(launch)
    func state() throws -> String? {
      try Directory.readFile(path: "/proc/\(pid)/status", limitBytes: 1 << 20)
        .split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
        .first { $0.hasPrefix("State:") }
    }
    try scratch.wait { try state()?.contains("T (stopped)") == true }
    scratch.table.signalAll(launch.name, .terminate)
    #expect(try scratch.nextEnd().end == .exited(code: 3))
  }

  @Test("the socket that a keeper gives is the only one in the environment")
  func oneNoticeSocket() throws {
    let launch = try scratch.launch("web", "/bin/sh", ["-c", "tr '\\0' '\\n' </proc/$$/environ | grep NOTIFY"])
    {
      $0.environment = ["NOTIFY_SOCKET": "/elsewhere"]
      $0.health.readiness = .init(.notify)
    }
    _ = try scratch.start(launch)
    _ = try scratch.nextEnd()
    #expect(try scratch.log("web") == "NOTIFY_SOCKET=\(scratch.path)/notify/web\n")
  }

  @Test("a second start beside a living process is refused")
  func twice() throws {
    let launch = try scratch.launch("web", "sleep", ["1000"])
    let pid = try scratch.start(launch)
    guard case .failure(let error) = scratch.table.start(try scratch.prepared(launch, number: 2)) else {
      Issue.record("it was started twice")
      return
    }
    #expect(error.description == "the process still runs with pid \(pid)")
    scratch.table.signal(launch.name, .kill)
    _ = try scratch.nextEnd()
  }

  @Test("a record that is written over keeps its size and its sense, however often the process was started")
  func manyStarts() throws {
    let brief = try scratch.launch("web", "/bin/true")
    for number in 1...60 {
      _ = try scratch.start(brief, number: UInt64(number * 1000))
      let end = try scratch.nextEnd()
      #expect(end.end == .exited(code: 0))
      scratch.table.settle(end.name, end.number)
    }
    let run = scratch.keeperFolders.run
    #expect(try run.read("web", limitBytes: 4096).count < 512)
    let long = try scratch.launch("web", "sleep", ["1000"])
    let pid = try scratch.start(long, number: 7)
    let second = try ProcessTable(folders: scratch.keeperFolders, poller: try Poller())
    try second.recover()
    #expect(second.kept.map(\.state) == [.running(pid: pid)])
    #expect(second.kept.first?.number == 7 && second.kept.first?.launch == long.digest)
    scratch.table.signal(long.name, .kill)
    #expect(try scratch.nextEnd().end == .signalled(9))
    let third = try ProcessTable(folders: scratch.keeperFolders, poller: try Poller())
    try third.recover()
    #expect(third.kept.map(\.state) == [.ended(.signalled(9))])
  }

  @Test("a log that would grow too large is set aside, as often as is wanted")
  func rotation() throws {
    let launch = try scratch.launch("web", "/bin/sh", ["-c", "yes 12345678 | head -n 2000"])
    var start = try scratch.prepared(launch)
    start.log = LogSize(bytes: 30_000, keep: 2)
    _ = try scratch.table.start(start).get()
    _ = try scratch.nextEnd()
    let log = scratch.keeperFolders.log
    for name in ["web.log", "web.log.1", "web.log.2"] {
      let size = try #require(try log.status(name)?.sizeBytes)
      #expect(size > 0 && size <= 30_000, "\(name) has \(size) bytes")
    }
    #expect(try log.status("web.log.3") == nil)
  }

  @Test("each line of the output has its time, also one without an end")
  func lines() throws {
    _ = try scratch.start(scratch.launch("web", "/usr/bin/printf", ["a\\nb"]))
    _ = try scratch.nextEnd()
    let bytes = try scratch.keeperFolders.log.read("web.log", limitBytes: 4096)
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    #expect(lines.count == 2)
    for (line, text) in zip(lines, ["a", "b"]) {
      #expect(line.hasSuffix("Z \(text)") && line.hasPrefix("20"), "\(line)")
    }
  }

  @Test("a process whose FIFO cannot be opened says so, and keeps no other from being taken over")
  func badFIFO() throws {
    let bad = try scratch.launch("bad", "/bin/true")
    let good = try scratch.launch("bad.out", "sleep", ["1000"])
    _ = try scratch.start(bad)
    #expect(try scratch.nextEnd().end == .exited(code: 0))
    let pid = try scratch.start(good)
    _ = try scratch.keeperFolders.run.remove("bad~out")
    try scratch.keeperFolders.run.write("bad~out", Array("a file".utf8))
    let second = try ProcessTable(folders: scratch.keeperFolders, poller: try Poller())
    try second.recover()
    #expect(second.kept.map(\.state) == [.running(pid: pid)])
    guard case .failure(let error) = second.start(try scratch.prepared(bad, number: 2)) else {
      Issue.record("it was started")
      return
    }
    #expect(error.description.hasSuffix("bad~out`: it is something else; remove it"))
    scratch.table.signal(good.name, .kill)
    _ = try scratch.nextEnd()
  }

  @Test("hundreds of processes are started and their ends seen")
  func many() throws {
    for number in 0..<300 { _ = try scratch.start(scratch.launch("p\(number)", "/bin/true")) }
    for _ in 0..<300 { #expect(try scratch.nextEnd().end == .exited(code: 0)) }
    #expect(!scratch.table.isAnyRunning)
  }

  private func signalIgnored(_ number: Int32) { _ = Glibc.signal(number, SIG_IGN) }
}
