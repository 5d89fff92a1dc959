/// What DMake promises about one process, as the manual says it (dmake-agent(1), dmake-config(5)): given what has
/// happened to process, agent, keeper, machine and leader, whether the process runs, how often it was started, and what
/// it has seen of its configuration. It shares no code with what keeps these promises.
///
/// 1. A configured process runs, unless it ended by itself in a way after which its restart policy does not start it
///    again, or it has reached its start limit. Then it stays down until its generation changes.
/// 2. An end that DMake brought about (a new generation, a reload by restart, the stop of the agent, the fence, the
///    death of a keeper with which it dies, the end of the machine) is none of these: the process runs again.
/// 3. An agent's end leaves the process alone, but for SIGTERM, and for a process that is to stop with its agent.
/// 4. A process that stops in isolation runs only while a leader hears its node.
/// 5. Of a change of its files each process gets what it needs, once, whatever happens meanwhile.
public struct ProcessPromises: Sendable {
  public enum Restart: String, CaseIterable, Sendable {
    case always
    case onFailure = "on-failure"
    case never
  }

  /// What a change of its file needs.
  public enum Reload: String, CaseIterable, Sendable {
    case none
    case signal = "SIGHUP"
    case restart
  }

  public struct Process: Sendable {
    public var restart = Restart.always
    public var reload = Reload.none
    /// How often it may be started again; nil: as often as it ends.
    public var startLimit: Int?
    public var stopsInIsolation = false
    public var stopsWithAgent = false
    public init() {}
  }

  public enum Happening: Hashable, Sendable {
    /// The process ends by itself.
    case exits(code: Int)
    case isKilled
    /// SIGTERM: it stops the process and says goodbye.
    case agentStops
    /// SIGQUIT.
    case agentLeaves
    /// SIGKILL.
    case agentDies
    case agentStarts
    case keeperDies
    /// Everything on the machine ends at once, the agent included.
    case machineStops
    case leaderDies
    case leaderStarts
    /// So much time goes by without a leader, or without an agent, that the fence is reached.
    case fencePasses
    case generationChanges
    case fileChanges
    /// Twice, and the second change is on the disk while the reload interval after the first has not gone by.
    case fileChangesTwice
  }

  private enum Down {
    /// DMake stopped it, or it is due.
    case due
    case finished
  }

  public let process: Process
  public private(set) var isAgentUp = true
  public private(set) var isLeaderUp = true
  private var isKeeperUp = true
  public private(set) var isRunning = true
  private var down = Down.due
  private var restarts = 0
  /// An end that no agent has seen: its code, or nil where it has none or nobody can know it.
  private var unseenEnd: Int??
  /// What is on the disk was not told to the process yet.
  private var isOwed = false
  /// The agent has just started and does not know yet what changed without it.
  private var isStale = false

  /// What the policy gives, what stands on the node's disk, and what the process has seen.
  public private(set) var wanted = (generation: 1, version: 1)
  private var onDisk = (generation: 1, version: 1)
  public private(set) var seen = (generation: 1, version: 1)
  /// How often it was started, at least and at most: a restart that is owed and another reason for a start may be one.
  public private(set) var starts = 1...1

  /// A process that has been started once.
  public init(_ process: Process) { self.process = process }

  /// What may happen next and has one outcome.
  public var possible: [Happening] {
    if isOwed, isAgentUp { return [.agentStops, .agentLeaves, .agentDies] }
    // What happens before the fence is reached may as well happen after it.
    if process.stopsInIsolation, isRunning, !isAgentUp || !isLeaderUp {
      return isAgentUp || !isKeeperUp ? [.fencePasses] : [.fencePasses, .keeperDies]
    }
    var list: [Happening] = [isLeaderUp ? .leaderDies : .leaderStarts]
    if isRunning { list += [.exits(code: 0), .exits(code: 1), .isKilled] }
    if isLeaderUp { list += [.generationChanges] }
    if isAgentUp {
      list += [.agentStops, .agentLeaves, .agentDies, .machineStops, .keeperDies]
      if isLeaderUp, isRunning { list += [.fileChanges] + (process.reload == .none ? [] : [.fileChangesTwice]) }
    } else {
      list += [.agentStarts] + (isKeeperUp && isRunning ? [.keeperDies] : [])
    }
    return list
  }

  public mutating func take(_ happening: Happening) {
    switch happening {
    case .exits(let code): end(.some(code))
    case .isKilled: end(.some(nil))
    case .agentStops:
      if isRunning { stop() }
      leave()
    case .agentLeaves, .agentDies:
      if isRunning, process.stopsWithAgent { stop() }
      leave()
    case .machineStops:
      if isRunning { stop() }
      leave()
    case .agentStarts:
      isAgentUp = true
      isKeeperUp = true
      // It starts what it finds on its disk, and hears of changes then.
      isStale = isLeaderUp && onDisk.generation != wanted.generation && !process.stopsInIsolation
    case .keeperDies:
      isKeeperUp = isAgentUp
      if isRunning, process.stopsInIsolation || process.stopsWithAgent { stop() }
    case .leaderDies: isLeaderUp = false
    case .leaderStarts: isLeaderUp = true
    case .fencePasses: if isRunning { stop() }
    case .generationChanges: wanted.generation += 1
    case .fileChanges: wanted.version += 1
    case .fileChangesTwice:
      wanted.version += 1
      settle()
      wanted.version += 1
      onDisk.version = wanted.version
      isOwed = true
      return
    }
    settle()
  }

  /// By itself, or by somebody else's hand.
  private mutating func end(_ code: Int??) {
    isRunning = false
    // Without a keeper nobody can know how it ended.
    unseenEnd = isKeeperUp ? code : .some(nil)
  }

  /// By DMake.
  private mutating func stop() {
    isRunning = false
    down = .due
  }

  private mutating func leave() {
    isAgentUp = false
    if !isRunning { isKeeperUp = false }
  }

  /// What follows once everybody has had time.
  private mutating func settle() {
    guard isAgentUp else { return }
    if case .some(let code) = unseenEnd {
      unseenEnd = nil
      judge(code)
    }
    let before = onDisk
    if isLeaderUp { onDisk = wanted }
    if onDisk.generation != before.generation, down == .finished, !isRunning { down = .due }
    if isRunning {
      if seen.generation != onDisk.generation {
        start()
      } else if seen.version != onDisk.version {
        switch process.reload {
        case .none: break
        case .signal: seen.version = onDisk.version
        case .restart: start()
        }
      }
    } else if down == .due, !process.stopsInIsolation || isLeaderUp {
      // A restart that was owed when DMake stopped it may have come before.
      start(mayHaveCome: isStale || isOwed && process.reload == .restart)
    }
    isOwed = false
    isStale = false
  }

  private mutating func judge(_ code: Int?) {
    let isRestarted =
      switch process.restart {
      case .always: true
      case .onFailure: code != 0
      case .never: false
      }
    guard isRestarted, process.startLimit.map({ restarts < $0 }) ?? true else {
      down = .finished
      return
    }
    restarts += 1
    down = .due
  }

  private mutating func start(mayHaveCome: Bool = false) {
    isRunning = true
    // Another generation is counted anew.
    if seen.generation != onDisk.generation { restarts = 0 }
    seen = onDisk
    starts = starts.lowerBound + 1...starts.upperBound + (mayHaveCome ? 2 : 1)
  }
}
