import GroupProtocol
import Model
import Testing

/// What much that comes in costs, by counts and not by time.
@Suite("The leader's core under load")
struct LoadTests {
  private let node: NodeName
  private let process: ProcessName
  private var core: LeaderCore
  private var logged: LogIndex = 0
  private var sequence: UInt64 = 0
  private let session = SessionID(1)
  /// The contents of event files that were handed to anyone, together.
  private var renderedBytes = 0
  /// Every occurrence that a round was told of, once for each round.
  private var seen: [EventIdentity] = []

  init() throws {
    node = try NodeName("n1")
    process = try ProcessName("web")
    core = LeaderCore(state: LeaderState(), timing: .standard)
    step(.open)
  }

  /// Does one thing, and has the log take what follows. Answers the request of a round that begins.
  @discardableResult
  private mutating func step(_ input: LeaderInput) -> RoundRequest? {
    var effects = core.step(input, time: WallTime(milliseconds: 0))
    for case .append(let first, let entries, _) in effects { logged = first + LogIndex(entries.count) - 1 }
    effects += core.step(.appended(through: logged), time: WallTime(milliseconds: 0))
    var request: RoundRequest?
    for effect in effects {
      switch effect {
      case .store(let changes, _):
        for change in changes where change.path.nodeFile?.name == TreePath.stopProcFile {
          renderedBytes += change.content?.bytes.count ?? 0
        }
      case .startRound(let next):
        request = next
        seen += next.events.map(\.identity)
      default: break
      }
    }
    return request
  }

  private mutating func activate() throws -> RoundRequest? {
    let policy = Bundle.File(
      path: try TreePath(Bundle.policyFile), isExecutable: false, content: Content("policy"))
    return step(.activate(RequestID(1), Bundle(files: [policy]), author: "ann", expected: nil))
  }

  private mutating func join(stamp: Stamp = .zero) -> RoundRequest? {
    step(.connected(session))
    let hello = Hello(
      node: node, instance: "i", incarnation: 1, stamp: stamp, applied: [], version: "test")
    return step(.received(session, [.hello(hello)]))
  }

  private mutating func report(_ bodies: [Report.Body]) -> RoundRequest? {
    let messages = bodies.map { body in
      sequence += 1
      return AgentMessage.report(Report(sequence: sequence, previous: sequence - 1, body: body))
    }
    return step(.received(session, messages))
  }

  private static func result(of request: RoundRequest) -> RoundResult {
    RoundResult(
      index: request.index, changes: [], handled: request.events.map(\.identity), problems: [], provenance: [],
      memory: [], interest: nil, passes: 1)
  }

  /// Ends in windows, as an agent sends them; a round ends after so many windows.
  private mutating func reportEnds(_ count: Int, windowsPerRound: Int, running first: RoundRequest?) {
    var running = first
    for window in 0..<(count / 256) {
      let ends = (0..<256).map { _ in
        Report.Body.stopped(process, .exited(code: 1), WallTime(milliseconds: 0))
      }
      running = report(ends) ?? running
      if window % windowsPerRound == 0, let request = running {
        running = step(.finished(Self.result(of: request)))
      }
    }
    while let request = running { running = step(.finished(Self.result(of: request))) }
  }

  /// What the same occurrences take up in one file, which is the least that must be written.
  private func leastBytes(_ count: Int) -> Int {
    let event = Event(
      identity: EventIdentity(node: node, incarnation: 1, sequence: 10_000),
      kind: .stopProc(process, .exited(code: 1)), time: WallTime(milliseconds: 0))
    return Event.file(Array(repeating: event, count: count)).bytes.count
  }

  @Test(
    "ends that a returning agent reports cost what they are, however long rounds take",
    arguments: [1, 8, 1000])
  mutating func ends(windowsPerRound: Int) throws {
    let count = 16_384
    let first = try activate()
    let joined = join()
    reportEnds(count, windowsPerRound: windowsPerRound, running: joined ?? first)
    #expect(renderedBytes < 3 * leastBytes(count))
    let ends = seen.filter { $0.sequence == $0.number }
    #expect(ends.count == count, "every occurrence is in one round")
    #expect(SortedSet(ends).count == count)
    #expect(core.state.events.isEmpty)
    #expect(core.state.tree.count == 0)
  }

  @Test("nor do they where no round begins for a lease, since the log was lost")
  mutating func quietEnds() throws {
    let count = 16_384
    _ = try activate().map { step(.finished(Self.result(of: $0))) }
    #expect(join(stamp: Stamp(epoch: 7, index: 1)) == nil)
    #expect(core.state.quietUntil > core.state.tick)
    reportEnds(count, windowsPerRound: 1, running: nil)
    #expect(core.state.events.count == count + 1)
    step(.tick)
    let path = try #require(core.state.events.last?.path)
    let text = try #require(core.state.tree[path]?.content.text)
    #expect(text.split(separator: "<event ").count == count + 1, "an operator sees all of them")
    var running: RoundRequest?
    while running == nil { running = step(.tick) }
    #expect(running?.events.filter { $0.path == path }.count == count)
    #expect(renderedBytes < 3 * leastBytes(count))
  }

  @Test("of a file that is reported again and again while a round runs only the newest version waits")
  mutating func versions() throws {
    let joined = join()
    let first = try activate() ?? joined
    let files = try ["web", "db"].map { try NodeFile("\($0)/state.xml") }
    for number in 1...5000 {
      let request = report([.state(files[number % 2], number % 7 == 0 ? nil : Content("\(number)"))])
      #expect(request == nil)
    }
    #expect(core.state.deferred.count == 2)
    #expect(core.state.nodes[node]?.acknowledged == 5000)
    let request = try #require(first.flatMap { step(.finished(Self.result(of: $0))) })
    #expect(request.tree[TreePath(node, files[0])]?.content.text == "5000")
    #expect(request.tree[TreePath(node, files[1])]?.content.text == "4999")
    #expect(core.state.nodes[node]?.seen == 5000)
  }
}

/// What waits for a round has the effect that it would have had without one.
@Suite("Entries that wait")
struct DeferredEntriesTests {
  @Test("leave the same files as entries that need not wait", arguments: 1...50 as ClosedRange<UInt64>)
  func sameFiles(seed: UInt64) throws {
    var chance = seed
    func draw(_ count: UInt64) -> Int {
      chance = chance &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((chance >> 33) % count)
    }
    let nodes = try ["n1", "n2"].map { try NodeName($0) }
    let files = try ["web/state.xml", "web/other", "db/state.xml"].map { try NodeFile($0) }
    var incarnations: [UInt64] = [1, 1]
    var sequences: [UInt64] = [0, 0]
    var entries = nodes.map { LogEntry.joined(Self.admission($0, 1)) }
    for _ in 0..<60 {
      let number = draw(2)
      if draw(15) == 0 {
        incarnations[number] += 1
        entries.append(.joined(Self.admission(nodes[number], incarnations[number])))
        continue
      }
      sequences[number] += 1
      let content = draw(3) == 0 ? nil : Content("\(draw(4))")
      let body: Report.Body =
        draw(8) == 0
        ? .held(files[draw(3)], .zero, Content("held")) : .state(files[draw(3)], content)
      let report = Report(sequence: sequences[number], previous: sequences[number] - 1, body: body)
      entries.append(.reported(nodes[number], incarnation: incarnations[number], report))
    }
    var waiting = Self.state(running: true)
    var direct = Self.state(running: false)
    for entry in entries {
      _ = waiting.apply(entry, at: waiting.index + 1)
      _ = direct.apply(entry, at: direct.index + 1)
    }
    #expect(waiting.tree.count == 0)
    let result = RoundResult(
      index: 2, changes: [], handled: [], problems: [], provenance: [], memory: [], interest: nil, passes: 0)
    _ = waiting.apply(.finished(result), at: waiting.index + 1)
    let (left, right) = (Self.files(of: waiting), Self.files(of: direct))
    #expect(left == right)
    #expect(waiting.nodes.map { $1.owned } == direct.nodes.map { $1.owned })
  }

  private static func admission(_ node: NodeName, _ incarnation: UInt64) -> Admission {
    Admission(node: node, instance: "i \(node)", incarnation: incarnation, time: WallTime(milliseconds: 0))
  }

  private static func files(of state: LeaderState) -> [String] {
    state.tree.files.filter { !$0.path.text.hasSuffix("new-node") }.map { "\($0.path) \($0.file.content)" }
  }

  /// A policy's first round runs, or there is no policy.
  private static func state(running: Bool) -> LeaderState {
    var state = LeaderState()
    let time = WallTime(milliseconds: 0)
    _ = state.apply(.opened(epoch: 1, timing: .standard, time: time), at: 1)
    if running {
      _ = state.apply(.activated(Activation(bundle: Bundle(files: []), time: time, author: "ann")), at: 2)
    } else {
      _ = state.apply(.tick(renewed: [], time: time), at: 2)
    }
    return state
  }
}
