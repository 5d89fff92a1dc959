public import Model

/// What an agent lets its keeper do in advance: when the process ends, start it again at once, exactly as it was
/// started. So a process that died need not wait until its agent has heard of it and has asked for another.
///
/// It says nothing that the agent would decide otherwise: what has to wait, or must not be started again, is left to
/// the agent.
public struct StandingOrder: Equatable, Sendable {
  /// Of the start that it asks for; the start before it runs.
  public let number: UInt64
  /// A process that ends before has to wait (``BackOff``, ``StartLimit``).
  public let from: Instant
  public let policy: RestartPolicy
  public let finalExitCodes: SortedSet<Int32>

  public init(number: UInt64, from: Instant, policy: RestartPolicy, finalExitCodes: SortedSet<Int32>) {
    self.number = number
    self.from = from
    self.policy = policy
    self.finalExitCodes = finalExitCodes
  }

  public func holds(after end: ProcessEnd, at now: Instant) -> Bool {
    from <= now && policy.restarts(after: end, unless: finalExitCodes)
  }
}

extension ProcessMachine {
  /// What its keeper may do without being asked; nil: nothing.
  ///
  /// Whoever gives accounts by name asks the agent, which looks the names up anew each time.
  public var standingOrder: StandingOrder? {
    switch phase {
    case .starting, .running, .ready: break
    case .stopped, .failed, .backOff, .stopping: return nil
    }
    guard let configuration, let executed, executed == launch, !executed.namesAccounts,
      !needsRestart, configuration.restart != .never
    else { return nil }
    let backOff = configuration.backOff
    var from =
      backOff.delay(failures: failures, chance: 0) == .zero ? startedAt : startedAt + backOff.healthyAfter
    if let limit = configuration.startLimit {
      guard limit.count > 0 else { return nil }
      if restarts.count >= limit.count {
        from = max(from, restarts[restarts.count - limit.count] + limit.window)
      }
    }
    return StandingOrder(
      number: starts + 1, from: from, policy: configuration.restart,
      finalExitCodes: configuration.finalExitCodes)
  }
}

extension Launch {
  fileprivate var namesAccounts: Bool {
    user != nil || group != nil || !rights.supplementaryGroups.isEmpty
  }
}
