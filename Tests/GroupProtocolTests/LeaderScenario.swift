import GroupProtocol
import Model

/// Runs the commands of a scenario file against a leader's core and a log that is an array, and writes down every
/// effect. The commands are explained in `Scenarios/README.md`.
struct LeaderScenario {
  var timing = Timing(tick: .seconds(1), leaseTicks: 4, heartbeat: .seconds(1), fence: .seconds(2))
  var core = LeaderCore(state: LeaderState(), timing: .standard)
  var log: [LogEntry] = []
  /// How many of the log's entries would survive a crash.
  var durableCount = 0
  var applied: LogIndex = 0
  var policies = SortedMap<String, String>()
  var time: Int64 = 0

  mutating func run(_ line: String) throws -> [String] {
    let command = try ScenarioWords(line)
    let effects: [LeaderEffect]
    switch command.name {
    case "open": effects = try open(command)
    case "restart": effects = try restart(keeping: log.count)
    case "crash": effects = try restart(keeping: durableCount)
    case "lose-log": effects = try restart(keeping: 0)
    case "appended": effects = appended()
    case "pass": effects = try pass(command)
    case "show": return show()
    case "finish": effects = step(.finished(try result(command)))
    case "tick": effects = step(.tick)
    case "activate": effects = try activate(command)
    case "lift":
      effects = step(
        .lift(
          RequestID(try command.number(0)), targets: Array(command.words.dropFirst(1)), author: "ann"))
    case "connect": effects = step(.connected(SessionID(try command.number(0))))
    case "disconnect": effects = step(.disconnected(SessionID(try command.number(0))))
    default:
      effects = step(.received(SessionID(try command.number(0)), [try message(command)]))
    }
    return effects.map { readable($0.description) }
  }

  mutating func step(_ input: LeaderInput) -> [LeaderEffect] {
    let effects = core.step(input, time: WallTime(milliseconds: time))
    for case .append(let first, let entries, let isDurable) in effects {
      precondition(Int(first) == log.count + 1, "an entry is appended at \(first) of a log of \(log.count)")
      log += entries
      if isDurable { durableCount = log.count }
    }
    return effects
  }

  private mutating func open(_ command: ScenarioWords) throws -> [LeaderEffect] {
    timing = Timing(
      tick: timing.tick, leaseTicks: try command.number("lease", default: timing.leaseTicks),
      heartbeat: timing.heartbeat, fence: timing.fence)
    core = LeaderCore(state: LeaderState(), timing: timing)
    return step(.open)
  }

  private mutating func restart(keeping count: Int) throws -> [LeaderEffect] {
    log.removeLast(log.count - count)
    durableCount = count
    var state = LeaderState()
    for (position, entry) in log.enumerated() { _ = state.apply(entry, at: LogIndex(position + 1)) }
    core = LeaderCore(state: state, timing: timing)
    return step(.open)
  }

  private mutating func appended() -> [LeaderEffect] { step(.appended(through: LogIndex(log.count))) }

  /// Some ticks, each of them in the log at once.
  private mutating func pass(_ command: ScenarioWords) throws -> [LeaderEffect] {
    var effects: [LeaderEffect] = []
    for _ in 0..<(try command.number(0)) {
      time += 1000
      effects += step(.tick) + appended()
    }
    // The ticks themselves would hide what they bring about.
    return effects.filter { effect in
      if case .append(_, let entries, _) = effect, case .tick(let renewed, _)? = entries.first {
        return !renewed.isEmpty
      }
      return true
    }
  }

  private mutating func activate(_ command: ScenarioWords) throws -> [LeaderEffect] {
    let bundle = try Self.bundle(command.word(1))
    policies[bundle.digest.description] = try command.word(1)
    let expected = try command["expected"].map { try Self.bundle($0).digest }
    return step(.activate(RequestID(try command.number(0)), bundle, author: "ann", expected: expected))
  }

  private static func bundle(_ name: String) throws -> Bundle {
    Bundle(files: [.init(path: try TreePath(Bundle.policyFile), isExecutable: false, content: Content(name))])
  }

  /// Digests of policies as the names that the scenario gave them.
  private func readable(_ text: String) -> String {
    var text = text
    for (digest, name) in policies {
      text = text.split(separator: digest, omittingEmptySubsequences: false).joined(separator: name)
    }
    return text
  }

  private func show() -> [String] {
    let state = core.state
    let nodes = state.nodes.map { name, node in
      "\(name)/\(node.incarnation) \(node.phase.rawValue) lease ends at \(node.leaseEnd) acknowledged \(node.acknowledged) seen \(node.seen)"
    }
    let files = state.tree.files.map { "\($0.path) = \($0.file)" }
    return ["epoch \(state.epoch) tick \(state.tick)"] + nodes + files + state.events.map { "waits: \($0)" }
  }
}
