import GroupProtocol
import Model
import Supervision

/// An agent's core with a world around it that does what the core asks at once: files are written, processes start.
struct AgentScenario {
  struct Problem: Error, CustomStringConvertible { let description: String }

  private var core: AgentCore
  private var now = Instant.zero
  private var record: AgentRecord
  private var localRecord = LocalRecord()
  private var localRequest: RoundRequest?
  private var disk = SortedMap<NodeFile, Content>()
  private var processes = SortedMap<ProcessName, (pid: Int32, launch: Digest, starts: UInt64)>()
  private var ended = SortedMap<ProcessName, (launch: Digest, starts: UInt64, end: ProcessEnd)>()
  private var nextPID: Int32 = 100
  private var link = LinkID(0)
  /// What a keeper would know.
  private var lease: Instant?
  private var isDiskBroken = false
  /// Files are written, and the agent never hears of it.
  private var isDiskSilent = false
  private var isStartBroken = false
  private var isStartRefused = false
  private var trace: [String] = []

  init() throws {
    record = AgentRecord(node: try NodeName("n1"), instance: "i1")
    core = Self.core(AgentBoot(record: record, clock: Self.clock(.zero)))
  }

  private static func clock(_ now: Instant) -> ClockReading {
    ClockReading(boot: "b1", wall: WallTime(milliseconds: now.sinceStart.milliseconds), at: now)
  }

  private static func core(_ boot: AgentBoot) -> AgentCore {
    AgentCore(
      settings: AgentCoreSettings(leaders: ["l1", "l2"], version: "1", seed: 1), boot: boot, decode: decode,
      valuesDigest: valuesDigest, restDigest: restDigest)
  }

  /// `NAME EXECUTABLE [KEY=VALUE]…; …`, so that scenarios can be read.
  @Sendable static func decode(_ content: Content) -> Result<NodeConfiguration, ConfigurationProblem> {
    var list: [ProcessConfiguration] = []
    for part in content.text.split(separator: ";") {
      let words = part.split(separator: " ").map(String.init)
      guard words.count >= 2, let name = try? ProcessName(words[0]) else {
        return .failure(ConfigurationProblem("`\(content.text)` makes no sense"))
      }
      var process = ProcessConfiguration(name: name, executable: words[1])
      for word in words.dropFirst(2) {
        let pair = word.split(separator: "=").map(String.init)
        switch pair[0] {
        case "gen": process.generation = pair[1]
        case "restart": process.restart = RestartPolicy(rawValue: pair[1]) ?? .always
        case "data": process.data = DataPolicy(rawValue: pair[1]) ?? .keep
        case "isolation":
          process.onIsolation = IsolationPolicy(rawValue: pair[1]) ?? .keep
          if process.onIsolation == .command { process.isolationCommand = ["/bin/tell", name.text] }
        case "ready": process.health.readiness = .init(pair[1] == "notify" ? .notify : .file(pair[1]))
        case "alive":
          process.health.liveness = .init(pair[1] == "notify" ? .notify : .file(pair[1]))
          process.health.liveness?.failures = 2
        case "stale": process.health.staleAfter = .milliseconds(Int(pair[1]) ?? 0)
        case "reload": process.reload = reload(pair[1])
        default:
          guard pair.count == 2, let rule = reloadRule(pair[0], pair[1]) else {
            return .failure(ConfigurationProblem("`\(word)` makes no sense"))
          }
          process.reloadRules.append(rule)
        }
      }
      list.append(process)
    }
    return .success(NodeConfiguration(environment: [:], processes: list))
  }

  private static func reload(_ text: String) -> Reload {
    text == "restart" ? .restart : Signal(text).map { .signal($0) } ?? .none
  }

  /// `reload:FILE` or `reload:FILE{TAG}`.
  private static func reloadRule(_ key: String, _ need: String) -> ReloadRule? {
    guard key.hasPrefix("reload:") else { return nil }
    let parts = key.dropFirst("reload:".count).split { "{}".contains($0) }.map(String.init)
    return ReloadRule(file: parts[0], tag: parts.count > 1 ? parts[1] : nil, need: reload(need))
  }

  /// A state is written `NAME=TEXT NAME=TEXT …`.
  @Sendable static func valuesDigest(_ content: Content, _ tags: SortedSet<String>) -> Digest {
    let words = content.text.split(separator: " ")
    return Digest(
      of: tags.flatMap { tag in words.filter { $0.hasPrefix(tag + "=") } }.joined(separator: " ").utf8)
  }

  @Sendable static func restDigest(_ content: Content, _ tags: SortedSet<String>) -> Digest {
    let words = content.text.split(separator: " ")
    return Digest(
      of: words.filter { word in !tags.contains { word.hasPrefix($0 + "=") } }.joined(separator: " ").utf8)
  }

  mutating func run(_ line: String) throws -> [String] {
    trace = []
    let words = ScenarioLine.words(line)
    try command(words[0], Array(words.dropFirst()))
    return trace
  }

  private mutating func command(_ name: String, _ words: [String]) throws {
    switch name {
    case "start": step(.start)
    case "open": step(.opened(link))
    case "close": step(.closed(link, reason: "closed"))
    case "pass": pass(try milliseconds(words))
    case "disk":
      isDiskBroken = words == ["broken"]
      isDiskSilent = words == ["silent"]
    case "starts":
      isStartBroken = words == ["fail"]
      isStartRefused = words == ["refused"]
    case "permissions": step(.permissionsChanged)
    case "crash": try restart(words)
    case "observe":
      let (file, content) = (try NodeFile(words[0]), ScenarioLine.content(words[1]))
      // As a watcher sees it, which looks at the time of a file that is there.
      if content != nil { step(.written(file, ago: .zero)) }
      step(.observed(file, content))
    case "unreadable": step(.unreadable(try NodeFile(words[0]), words[1]))
    case "ended":
      let process = try ProcessName(words[0])
      let end = try ScenarioLine.end(words[1])
      if let last = processes[process] { ended[process] = (last.launch, last.starts, end) }
      processes[process] = nil
      step(.ended(process, end))
    case "restarted":
      let process = try ProcessName(words[0])
      processes[process]?.pid = nextPID
      processes[process]?.starts += 1
      nextPID += 1
      let before = try words.dropFirst(2).first.map { try milliseconds([$0]) } ?? .zero
      step(
        .restarted(process, try ScenarioLine.end(words[1]), pid: nextPID - 1, at: now + (.zero - before)))
    case "fenced": step(.fenced)
    case "slept": step(.slept(try milliseconds(words)))
    case "seen":
      let answer: ProbeAnswer = words[2] == "well" ? .well : .unwell(words[2])
      step(
        .seen(try ProcessName(words[0]), number: starts(words[0]), try ScenarioLine.question(words[1]), answer))
    case "notice":
      step(.noticed(try ProcessName(words[0]), number: starts(words[0]), words[1] == "ready" ? .ready : .alive))
    case "decide":
      guard let request = localRequest else { throw Problem(description: "no local round runs") }
      step(.localRound(try ScenarioLine.result(of: request, words)))
    case "rename": step(.renamed(try NodeName(words[0])))
    case "stop": step(.stop)
    case "leave": step(.leave)
    case "show": trace.append("\(record)")
    default: step(.received(link, [try ScenarioLine.message(name, words)]))
    }
  }

  private func starts(_ process: String) -> UInt64 {
    (try? ProcessName(process)).flatMap { processes[$0]?.starts } ?? 0
  }

  private func milliseconds(_ words: [String]) throws -> Duration {
    guard let text = words.first, text.hasSuffix("ms"), let number = Int(text.dropLast(2)) else {
      throw Problem(description: "`pass` wants a number of ms")
    }
    return .milliseconds(number)
  }

  /// Time goes by from deadline to deadline.
  private mutating func pass(_ duration: Duration) {
    let end = now + duration
    while let deadline = core.deadline, deadline <= end {
      now = max(now, deadline)
      let before = trace.count
      step(.timer)
      if trace.count > before { trace.insert("at \(now)", at: before) }
    }
    now = end
  }

  /// The agent is killed and started again; processes go on except those that are named.
  private mutating func restart(_ dead: [String]) throws {
    var boot = AgentBoot(record: record, holdings: disk, local: localRecord, clock: Self.clock(now))
    boot.leaseUntil = lease
    boot.processes = processes.map { name, process in
      let isDead = dead.contains(name.text)
      return KeptProcess(
        name: name, launch: process.launch, number: process.starts,
        state: isDead ? .ended(.unknown) : .running(pid: process.pid), since: now)
    }
    for process in boot.processes where process.pid == nil {
      ended[process.name] = (process.launch, process.number, .unknown)
      processes[process.name] = nil
    }
    boot.processes += ended.filter { name, _ in !boot.processes.contains { $0.name == name } }.map {
      name, last in
      KeptProcess(name: name, launch: last.launch, number: last.starts, state: .settled(last.end))
    }
    core = Self.core(boot)
    step(.start)
  }

  private mutating func step(_ input: AgentInput) {
    for effect in core.step(input, at: now) {
      trace.append("\(effect)")
      perform(effect)
    }
  }

  private mutating func perform(_ effect: AgentEffect) {
    switch effect {
    case .persist(let new): record = new
    case .connect(let id, _): link = id
    case .lease(let until): lease = until
    case .deliver(let files):
      let results = files.map {
        if !isDiskBroken { disk[$0.file] = $0.content }
        return DeliveryResult(file: $0.file, stamp: $0.stamp, problem: isDiskBroken ? "disk full" : nil)
      }
      if !isDiskSilent { step(.delivered(results)) }
    case .start(let launch, let number):
      if isStartBroken { return step(.notStarted(launch.name, "no such file")) }
      if isStartRefused { return step(.refused(launch.name, "\(launch.executable) is not permitted")) }
      processes[launch.name] = (nextPID, launch.digest, number)
      nextPID += 1
      step(.started(launch.name, pid: nextPID - 1))
    case .keepLocal(let new): localRecord = new
    case .runLocal(let request): localRequest = request
    case .keepPolicy, .send, .disconnect, .watch, .look, .isolation, .order, .signal, .signalSession, .forget,
      .readLog, .note, .exit:
      break
    }
  }
}
