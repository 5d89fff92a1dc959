import Glibc
import Linux
import Model
import Processes
import Supervision
import Testing

@Suite("Watching the files of processes")
struct FileWatcherTests {
  private let scratch: Scratch
  private let poller: Poller
  private let watcher: FileWatcher
  private let state: NodeFile
  private let name: ProcessName
  private var folder: String { "\(scratch.path)/node/web" }

  init() throws {
    scratch = try Scratch()
    poller = try Poller()
    // Enough of a parser for these tests.
    watcher = try FileWatcher(folders: scratch.folders, poller: poller) {
      $0.text.hasSuffix("/>") ? nil : "it does not end"
    }
    state = try NodeFile("web/state.xml")
    name = try ProcessName("web")
  }

  private func now() -> Instant { Instant(sinceStart: monotonicTime()) }

  private func watch(_ refresh: ProcessConfiguration.Refresh = .event) throws -> [FileWatcher.Observation] {
    watcher.watch([WatchedProcess(name: try ProcessName("web"), files: [state], refresh: refresh)], at: now())
  }

  /// What is observed next, by waiting as the agent does.
  private func next() throws -> [FileWatcher.Observation] {
    for _ in 0..<600 {
      let limit = watcher.deadline.map { $0 - now() } ?? .milliseconds(100)
      var observations =
        poller.wait(atMost: min(limit, .milliseconds(100))).isEmpty ? [] : watcher.changes(at: now())
      observations += watcher.timeout(at: now())
      if !observations.isEmpty { return observations }
    }
    throw Timeout()
  }

  private func write(_ name: String, _ text: String) throws {
    let file = open("\(folder)/\(name)", O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    try #require(file >= 0)
    defer { close(file) }
    let bytes = Array(text.utf8)
    #expect(Glibc.write(file, bytes, bytes.count) == bytes.count)
  }

  private func refusal(_ observations: [FileWatcher.Observation]) -> String? {
    guard observations.count == 1, case .refused(state, let reason) = observations[0] else { return nil }
    return reason
  }

  @Test("what is there already is told at once, also that it is missing")
  func initial() throws {
    #expect(try watch() == [.read(state, nil)])
    try write("state.xml", "<a/>")
    #expect(watcher.watch([], at: now()).isEmpty)
    #expect(try watch() == [.read(state, Content("<a/>"))])
  }

  @Test("a file that is written, renamed into place, linked or removed is told")
  func changes() throws {
    _ = try watch()
    try write("state.xml", "<a/>")
    #expect(try next().last == .read(state, Content("<a/>")))
    try write("new", "<b/>")
    rename("\(folder)/new", "\(folder)/state.xml")
    #expect(try next() == [.read(state, Content("<b/>"))])
    unlink("\(folder)/state.xml")
    #expect(try next() == [.read(state, nil)])
    try write("other", "<c/>")
    link("\(folder)/other", "\(folder)/state.xml")
    #expect(try next() == [.read(state, Content("<c/>"))])
  }

  @Test("half a file is kept back, and told only if it stays broken")
  func broken() throws {
    _ = try watch()
    try write("state.xml", "<half")
    let started = now()
    #expect(try refusal(next()) == "it does not end")
    #expect(now() - started >= .milliseconds(500))
    try write("state.xml", "<half")
    try write("state.xml", "<whole/>")
    #expect(try next().last == .read(state, Content("<whole/>")))
  }

  @Test("a symbolic link, a FIFO and a folder are told and not followed")
  func kinds() throws {
    _ = try watch()
    symlink("/etc/passwd", "\(folder)/state.xml")
    #expect(try refusal(next()) != nil)
    unlink("\(folder)/state.xml")
    #expect(try next() == [.read(state, nil)])
    mkfifo("\(folder)/state.xml", 0o644)
    #expect(try refusal(next())?.contains("expected a regular file") == true)
    unlink("\(folder)/state.xml")
    #expect(try next() == [.read(state, nil)])
    mkdir("\(folder)/state.xml", 0o755)
    #expect(try refusal(next())?.contains("expected a regular file") == true)
  }

  @Test("a file over the limit is told and not read")
  func large() throws {
    _ = try watch()
    try write("new", "<a/>")
    truncate("\(folder)/new", off_t(FileWatcher.sizeLimitBytes + 1))
    rename("\(folder)/new", "\(folder)/state.xml")
    #expect(try refusal(next())?.contains("larger than") == true)
  }

  @Test("a process's folder that is removed is made and watched again")
  func lostFolder() throws {
    _ = try watch()
    try scratch.folders.node.removeTree("web")
    #expect(try next() == [.replaced(name), .read(state, nil)])
    try write("state.xml", "<a/>")
    #expect(try next().last == .read(state, Content("<a/>")))
  }

  @Test("a link in the place of a process's folder is told, and the folder that comes after it is watched")
  func linkedFolder() throws {
    _ = try watch()
    #expect(rename(folder, "\(folder)~") == 0 && symlink("web~", folder) == 0)
    let refused = try next().filter { $0 != .replaced(name) }
    #expect(refusal([try #require(refused.first)])?.contains("a symbolic link stands in the path") == true)
    #expect(unlink(folder) == 0 && mkdir(folder, 0o755) == 0)
    var seen = try next()
    while seen.allSatisfy({ if case .refused = $0 { true } else { false } }) { seen = try next() }
    #expect(seen == [.read(state, nil)])
    try write("state.xml", "<a/>")
    #expect(try next() == [.read(state, Content("<a/>"))])
  }

  @Test("a folder in which somebody stands is taken away and made again, and the new one is watched")
  func replacedFolder() throws {
    _ = try watch()
    // As a process that has it as its working folder, the descriptor keeps the old one from going with a word.
    let inside = try Directory(path: folder)
    defer { _ = try? inside.list() }
    #expect(rmdir(folder) == 0 && mkdir(folder, 0o755) == 0)
    #expect(try next() == [.replaced(name), .read(state, nil)])
    try write("state.xml", "<a/>")
    #expect(try next().last == .read(state, Content("<a/>")))
  }

  @Test("what happens to a delivered file is told, and to no other")
  func touched() throws {
    let config = try NodeFile("web/config.xml")
    watcher.isDelivered = { $0 == config }
    _ = try watch()
    try write("other", "")
    try write("config.xml", "<a/>")
    var seen = try next()
    while seen.last != .touched(config) { seen += try next() }
    #expect(seen.allSatisfy { $0 == .touched(config) })
    unlink("\(folder)/config.xml")
    #expect(try next() == [.touched(config)])
  }

  @Test("with a period files are read then, and not in between")
  func period() throws {
    _ = try watch(.period(.milliseconds(50)))
    try write("state.xml", "<a/>")
    #expect(try next() == [.read(state, Content("<a/>"))])
    #expect(watcher.deadline != nil)
  }

  private static func large(_ text: String) -> String {
    String(repeating: " ", count: FileWatcher.largeBytes) + text
  }

  @Test("a large file is checked apart, one version of it at a time, and then the newest")
  func apart() throws {
    var asked: [(text: String, number: UInt64)] = []
    watcher.checkApart = { asked.append(($1.text, $2)) }
    _ = try watch()
    /// Reads the file, which brings nothing by itself.
    func see(_ text: String) throws {
      try write("state.xml", text)
      while poller.wait(atMost: .milliseconds(100)).isEmpty {}
      #expect(watcher.changes(at: now()).isEmpty)
    }
    func answer(_ position: Int, _ problem: String? = nil) -> [FileWatcher.Observation] {
      watcher.checked(state, Content(asked[position].text), asked[position].number, problem: problem, at: now())
    }
    let versions = (1...4).map { Self.large("<v\($0)/>") }
    for text in versions[..<3] { try see(text) }
    #expect(asked.map(\.text) == [versions[0]])
    #expect(answer(0) == [.read(state, Content(versions[0]))])
    #expect(asked.map(\.text) == [versions[0], versions[2]])
    // A small one that came later has been taken by then.
    try write("state.xml", "<small/>")
    #expect(try next().last == .read(state, Content("<small/>")))
    #expect(answer(1).isEmpty && answer(1, "broken").isEmpty)
    try see(versions[3])
    #expect(answer(2, "broken").isEmpty)
    #expect(watcher.deadline != nil, "it may yet become whole")
    while asked.count < 4 { #expect(watcher.timeout(at: now() + .seconds(2)).isEmpty) }
    #expect(watcher.deadline == nil, "nothing is due while it is checked")
    #expect(
      watcher.checked(state, Content(versions[3]), asked[3].number, problem: "broken", at: now() + .seconds(2))
        == [.refused(state, "broken")])
  }

  @Test("that a file was written is told once for each time of modification, however often it is read")
  func written() throws {
    var ages: [Duration] = []
    watcher.written = { ages.append($1) }
    _ = try watch(.period(.milliseconds(10)))
    try write("state.xml", "<a/>")
    for _ in 0..<5 { _ = try next() }
    #expect(ages.count == 1)
    try scratch.folders.node.setModificationTime("web/state.xml", FileTime(seconds: 1_000_000, nanoseconds: 0))
    for _ in 0..<5 { _ = try next() }
    #expect(ages.count == 2 && ages[1] > .seconds(1_000_000_000))
    try scratch.folders.node.setModificationTime(
      "web/state.xml", FileTime(seconds: 4_000_000_000, nanoseconds: 0))
    for _ in 0..<5 { _ = try next() }
    #expect(ages.count == 3 && ages[2] == .zero)
  }

  @Test("the machine's state is read")
  func machine() {
    var sampler = MachineSampler(folder: scratch.path)
    let state = sampler.sample(at: now())
    #expect(state.memoryTotalBytes > state.memoryAvailableBytes)
    #expect(state.diskTotalBytes > 0)
    #expect(state.processors > 0)
    #expect(!state.isNews(after: state))
  }
}
