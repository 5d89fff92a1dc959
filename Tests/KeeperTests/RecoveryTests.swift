import Glibc
import Linux
import Model
import Processes
import Supervision
import Testing

@testable import Keeper

@Suite("A keeper that comes after another one")
struct RecoveryTests {
  private let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test("another table takes over what runs, and knows what died, what was settled and what was never started")
  func recovery() throws {
    let alive = try scratch.launch("alive", "sleep", ["1000"])
    let dead = try scratch.launch("dead", "/bin/true")
    let settled = try scratch.launch("settled", "/bin/false")
    let pid = try scratch.start(alive, number: 4)
    _ = try scratch.start(dead)
    _ = try scratch.nextEnd()
    _ = try scratch.start(settled)
    let end = try scratch.nextEnd()
    scratch.table.settle(end.name, end.number)
    // An intent whose child never wrote its pid, another machine's run, and rubbish.
    let run = scratch.keeperFolders.run
    let record = String(decoding: try run.read("alive", limitBytes: 4096), as: UTF8.self)
    let intent = record.split(separator: "\n").dropLast().joined(separator: "\n") + "\n"
    try run.write("intent", Array(intent.utf8))
    let other = record.split(separator: "\n").map { $0.hasPrefix("boot ") ? "boot other" : String($0) }
    try run.write("rebooted", Array((other.joined(separator: "\n") + "\n").utf8))
    try run.write("rubbish", Array("\u{0}\u{1}".utf8))

    let poller = try Poller()
    let second = try ProcessTable(folders: scratch.keeperFolders, poller: poller)
    try second.recover()
    let found = SortedMap(second.kept.map { ($0.name.text, $0) })
    #expect(found["alive"]?.state == .running(pid: pid))
    #expect(found["alive"]?.number == 4 && found["alive"]?.launch == alive.digest)
    #expect(found["dead"]?.state == .ended(.exited(code: 0)))
    #expect(found["settled"]?.state == .settled(.exited(code: 1)))
    #expect(found["rebooted"]?.state == .ended(.unknown))
    #expect(found.count == 4)
    second.signal(alive.name, .kill)
    var ended: [UnsettledEnd] = []
    while ended.isEmpty { ended = second.take(poller.wait(atMost: .seconds(60))) }
    #expect(ended.map(\.name) == [alive.name])
  }

  @Test("an end that nobody saw stays what it is for each table that comes, and is settled once")
  func unseenEnd() throws {
    let free = try scratch.launch("free", "sleep", ["1000"])
    _ = try scratch.start(free)
    scratch.table.signal(free.name, .kill)
    _ = try scratch.nextEnd()
    // What a killed keeper leaves: no end, though nothing runs with this pid and start time.
    let run = scratch.keeperFolders.run
    let text = String(decoding: try run.read("free", limitBytes: 4096), as: UTF8.self)
    let lines = text.split(separator: "\n").map(String.init)
    let unseen = lines.filter { !$0.hasPrefix("signal ") && !$0.hasPrefix("settled") && $0 != "stopping" }
    func write(_ name: String, _ lines: [String]) throws {
      try run.write(name, Array((lines.joined(separator: "\n") + "\n").utf8))
    }
    try write("free", unseen)
    try write("bound", Array(unseen[..<4]) + ["bound"] + unseen[4...])
    try write("rebooted", unseen.map { $0.hasPrefix("boot ") ? "boot other" : $0 })

    for (turn, isSettled) in [false, false, true].enumerated() {
      let table = try ProcessTable(folders: scratch.keeperFolders, poller: try Poller())
      try table.recover()
      let found = SortedMap(table.kept.map { ($0.name.text, $0) })
      for (name, wasStopped) in [("free", false), ("bound", true), ("rebooted", true)] {
        #expect(found[name]?.state == (isSettled ? .settled(.unknown) : .ended(.unknown)), "\(name)")
        #expect(found[name]?.wasStopped == wasStopped, "\(name)")
      }
      // The agent of the second one records them.
      if turn == 1 { for process in table.kept { table.settle(process.name, process.number) } }
    }
  }
}
