import Model

/// What an operator's tool (`dmake apply`, `dmake status`) asks of a leader. Each request has one answer.
public enum OperatorRequest: Equatable, Sendable {
  /// Makes a bundle the active policy. `expected` is the policy that the plan was made against: another one that
  /// was activated meanwhile refuses the request.
  case apply(Bundle, author: String, expected: Digest?)
  /// What ``apply`` would change, by a trial round in a private copy of the tree.
  case plan(Bundle)
  /// Activates an earlier policy again: the one before the active one, or the one with this digest. `expected` as for
  /// ``apply``.
  case rollback(to: Digest?, author: String, expected: Digest?)
  /// What ``rollback`` would change.
  case planRollback(to: Digest?)
  /// Lets quarantined rules run again: those of these targets, or all.
  case lift(targets: [String], author: String)
  case history
  /// `files` is the part of the tree to list: a node, `NODE/PROC`, or nothing.
  case status(files: String?)
  /// Why a value is what it is, or was at a position of the log.
  case why(ValueReference, at: LogIndex?)
  /// Why the rule for a target has not run since a round, the last one where there is no position.
  case whyNot(String, since: LogIndex?)
  /// A part of what a process of a node has printed.
  case log(NodeName, LogQuery)
}

public enum OperatorAnswer: Equatable, Sendable {
  /// The position in the log at which the policy became active.
  case activated(policy: Digest, index: LogIndex)
  /// The targets whose quarantine ended, and the position in the log.
  case lifted([String], index: LogIndex)
  case planned(Plan)
  case history([PolicyRecord])
  case status(StatusReport)
  case explained(ExplanationReport)
  case notRun(WhyNotReport)
  /// Nil: the process has not printed anything yet.
  case log(LogChunk?)
  case rejected(Rejection)
}

/// Why a request was not carried out; nothing was changed.
public struct Rejection: Hashable, Sendable, Error, CustomStringConvertible {
  public enum Reason: String, Hashable, Sendable, CaseIterable {
    /// The bundle or the request is bad: exit code 65.
    case badInput = "bad-input"
    /// There is no such policy, node or value.
    case notFound = "not-found"
    /// Another policy became active in between.
    case outdated
    /// The leader is starting, stopping or cannot write its log.
    case unavailable
  }

  public let reason: Reason
  /// Whole text for a person, diagnostics with their source lines included.
  public let text: String
  public init(_ reason: Reason, _ text: String) {
    self.reason = reason
    self.text = text
  }
  public var description: String { text }
}

/// What a policy would change.
public struct Plan: Equatable, Sendable {
  public struct Change: Equatable, Sendable {
    public let path: TreePath
    public let old: Content?
    public let new: Content?
    public init(path: TreePath, old: Content?, new: Content?) {
      self.path = path
      self.old = old
      self.new = new
    }
  }

  public let policy: Digest
  /// The active policy that it was planned against.
  public let active: Digest?
  public let changes: [Change]
  public let problems: [RuleProblem]
  /// Warnings, rendered.
  public let diagnostics: String

  public init(
    policy: Digest, active: Digest?, changes: [Change], problems: [RuleProblem], diagnostics: String
  ) {
    self.policy = policy
    self.active = active
    self.changes = changes
    self.problems = problems
    self.diagnostics = diagnostics
  }
}

/// An activation, as `dmake apply --history` lists it.
public struct PolicyRecord: Hashable, Sendable {
  public let policy: Digest
  public let index: LogIndex
  public let time: WallTime
  public let author: String
  public let isActive: Bool
  public init(policy: Digest, index: LogIndex, time: WallTime, author: String, isActive: Bool) {
    self.policy = policy
    self.index = index
    self.time = time
    self.author = author
    self.isActive = isActive
  }
}

/// A leader's view of everything, for `dmake status`.
public struct StatusReport: Equatable, Sendable {
  public struct Node: Equatable, Sendable {
    public let name: NodeName
    public let phase: NodePhase
    public let incarnation: UInt64
    public let isConnected: Bool
    /// The agent's version, and what control groups its processes have, in words; empty where no agent is connected.
    public let agentVersion: String
    public let groups: String
    public let leaseTicksLeft: Tick
    /// How many of its files differ from what the leader wants.
    public let outdatedFiles: Int
    /// What the agent could not apply.
    public let problems: [AppliedFile]
    public let processes: [ProcessReport]

    public init(
      name: NodeName, phase: NodePhase, incarnation: UInt64, isConnected: Bool, agentVersion: String = "",
      groups: String = "", leaseTicksLeft: Tick, outdatedFiles: Int, problems: [AppliedFile],
      processes: [ProcessReport]
    ) {
      self.name = name
      self.phase = phase
      self.incarnation = incarnation
      self.isConnected = isConnected
      self.agentVersion = agentVersion
      self.groups = groups
      self.leaseTicksLeft = leaseTicksLeft
      self.outdatedFiles = outdatedFiles
      self.problems = problems
      self.processes = processes
    }
  }

  public struct File: Equatable, Sendable {
    public let path: TreePath
    public let index: LogIndex
    public let content: Content
    public init(path: TreePath, index: LogIndex, content: Content) {
      self.path = path
      self.index = index
      self.content = content
    }
  }

  public let epoch: UInt64
  public let index: LogIndex
  public let tick: Tick
  public let timing: Timing
  public let time: WallTime
  public let policy: PolicyRecord?
  /// The position of the last finished round, how many there were, and whether one is running.
  public let lastRound: LogIndex
  public let rounds: UInt64
  public let isRoundRunning: Bool
  public let nodes: [Node]
  public let problems: [RuleProblem]
  public let files: [File]

  public init(
    epoch: UInt64, index: LogIndex, tick: Tick, timing: Timing, time: WallTime, policy: PolicyRecord?,
    lastRound: LogIndex, rounds: UInt64, isRoundRunning: Bool, nodes: [Node], problems: [RuleProblem],
    files: [File]
  ) {
    self.epoch = epoch
    self.index = index
    self.tick = tick
    self.timing = timing
    self.time = time
    self.policy = policy
    self.lastRound = lastRound
    self.rounds = rounds
    self.isRoundRunning = isRoundRunning
    self.nodes = nodes
    self.problems = problems
    self.files = files
  }
}

/// Where a node stands in the leader's books.
public enum NodePhase: String, Hashable, Sendable, CaseIterable {
  /// Joined, its lease runs.
  case present
  /// Its lease ran out or it said good-bye; its `fail-node` waits to be handled.
  case lost
}
