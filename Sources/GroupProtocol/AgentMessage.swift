import Model

/// What an agent says to a leader. A stream begins with ``hello(_:)``; everything else comes after the leader's
/// ``LeaderMessage/welcome(_:)``.
public enum AgentMessage: Equatable, Sendable {
  case hello(Hello)
  /// Numbered, kept by the agent until acknowledged; goes through the log.
  case report(Report)
  /// Renews the lease; answered once the renewal is in the log. `number` is the agent's own, growing.
  case heartbeat(number: UInt64)
  /// What of the configuration stands on the node's disk now. Told again after each change and in each hello, so
  /// that a lost message costs nothing (level, not edge).
  case applied([AppliedFile])
  /// The life cycles of the node's processes, for `status`; not logged.
  case processes([ProcessReport])
  /// It goes by the interest with this digest (``NodeInterest/digest``).
  case interested(Digest)
  /// The answer to a ``LeaderMessage/readLog(number:_:)``; not logged.
  case log(number: UInt64, LogResult)
  /// What it goes by of `[local]` rules, and what is wrong with them; not logged.
  case local(LocalReport)
  /// The agent ends on purpose after it stopped its processes: the node is lost at once, surely stopped.
  case goodbye
}

/// Who an agent is and what it holds.
public struct Hello: Equatable, Sendable {
  public let node: NodeName
  /// Drawn at random when the agent's state folder was made: tells two agents with one name apart.
  public let instance: String
  /// Grows by one with each start of the agent; stands on its disk.
  public let incarnation: UInt64
  /// The greatest stamp of any configuration it was ever given.
  public let stamp: Stamp
  public let applied: [AppliedFile]
  public let version: String
  /// What control groups its processes have, in words for people.
  public let groups: String
  /// The digest of the interest that it goes by.
  public let interest: Digest
  public let local: LocalReport

  public init(
    node: NodeName, instance: String, incarnation: UInt64, stamp: Stamp, applied: [AppliedFile],
    version: String, groups: String = "", interest: Digest = NodeInterest.everything.digest,
    local: LocalReport = .none
  ) {
    self.node = node
    self.instance = instance
    self.incarnation = incarnation
    self.stamp = stamp
    self.applied = applied
    self.version = version
    self.groups = groups
    self.interest = interest
    self.local = local
  }
}

/// A configuration file as it stands on the node.
public struct AppliedFile: Hashable, Sendable, CustomStringConvertible {
  public let file: NodeFile
  public let stamp: Stamp
  /// Nil: the file was removed by a configuration with this stamp.
  public let digest: Digest?
  /// Set where the agent could not do what the configuration asks; the text says why.
  public let problem: String?

  public init(file: NodeFile, stamp: Stamp, digest: Digest?, problem: String? = nil) {
    self.file = file
    self.stamp = stamp
    self.digest = digest
    self.problem = problem
  }

  public var description: String {
    "\(file)@\(stamp)=\(digest.map(\.description) ?? "removed")" + (problem.map { " problem: \($0)" } ?? "")
  }
}

/// A numbered report: what must not be lost, applied at most once and in the agent's order.
public struct Report: Equatable, Sendable, CustomStringConvertible {
  public enum Body: Equatable, Sendable {
    /// A file that the node owns came, changed or (no content) went.
    case state(NodeFile, Content?)
    /// A process ended.
    case stopped(ProcessName, ProcessEnd, WallTime)
    /// What the agent goes by from now on, in place of the report before it.
    case inForce(InForce)
    /// A configuration that the agent holds, for a leader that has lost its log (``Welcome/resend``).
    case held(NodeFile, Stamp, Content)
  }

  public let sequence: UInt64
  /// The number of the report before this one among those that the agent has kept, or the last acknowledged one:
  /// the leader takes this report only if it has everything up to there, and so drops what overtook another.
  /// (Numbers have gaps, since of a file only the latest version is kept.) What is dropped comes again, because the
  /// agent resends what stays unacknowledged.
  public let previous: UInt64
  public let body: Body
  public init(sequence: UInt64, previous: UInt64, body: Body) {
    self.sequence = sequence
    self.previous = previous
    self.body = body
  }

  public var description: String {
    switch body {
    case .state(let file, let content): "#\(sequence) \(file) = \(content.map(\.description) ?? "absent")"
    case .stopped(let process, let end, _): "#\(sequence) \(process) stopped: \(end)"
    case .inForce(let inForce): "#\(sequence) \(inForce)"
    case .held(let file, let stamp, let content): "#\(sequence) holds \(file)@\(stamp) = \(content)"
    }
  }
}

/// Of the configuration that an agent goes by what a leader has to know when the node is lost.
public struct InForce: Hashable, Sendable, CustomStringConvertible {
  public static let nothing = InForce(processes: [], fenced: [])

  /// The processes that the node runs, in order.
  public let processes: [ProcessName]
  /// Those that the agent or its keeper stops at the fence, in order. One that is not named any more is still stopped
  /// there until the report which says so has been acknowledged.
  public package(set) var fenced: [ProcessName]

  public init(processes: [ProcessName], fenced: [ProcessName]) {
    self.processes = processes
    self.fenced = fenced
  }

  public var description: String {
    func words(_ names: [ProcessName]) -> String { names.map(\.text).joined(separator: " ") }
    return "runs [\(words(processes))]" + (fenced.isEmpty ? "" : ", until the fence [\(words(fenced))]")
  }
}

/// A process as its agent sees it now.
public struct ProcessReport: Hashable, Sendable, CustomStringConvertible {
  public enum Phase: String, Hashable, Sendable, CaseIterable {
    case starting, running, ready, backOff = "back-off", stopping, stopped, failed
  }

  public let name: ProcessName
  public let phase: Phase
  public let pid: Int32?
  /// How often it was started by this agent's life-cycle record.
  public let starts: UInt64
  /// When it entered its phase.
  public let since: WallTime
  /// How it last ended, or why it cannot start.
  public let detail: String
  /// How often in a row it was last started for another configuration before it had run healthily.
  public let hastyStarts: Int

  public init(
    name: ProcessName, phase: Phase, pid: Int32?, starts: UInt64, since: WallTime, detail: String,
    hastyStarts: Int = 0
  ) {
    self.name = name
    self.phase = phase
    self.pid = pid
    self.starts = starts
    self.since = since
    self.detail = detail
    self.hastyStarts = hastyStarts
  }

  public var description: String {
    "\(name) \(phase.rawValue)" + (pid.map { " pid \($0)" } ?? "") + (detail.isEmpty ? "" : " (\(detail))")
  }
}

extension AgentMessage: CustomStringConvertible {
  public var description: String {
    switch self {
    case .hello(let hello):
      "hello \(hello.node) incarnation \(hello.incarnation) stamp \(hello.stamp) applied [\(hello.applied.map(\.description).joined(separator: " "))]"
        + (hello.local == .none ? "" : " \(hello.local)")
    case .report(let report): "report \(report)"
    case .heartbeat(let number): "heartbeat \(number)"
    case .applied(let files): "applied [\(files.map(\.description).joined(separator: " "))]"
    case .processes(let processes): "processes [\(processes.map(\.description).joined(separator: ", "))]"
    case .interested(let digest): "interested \(digest)"
    case .log(let number, let result): "log #\(number) \(result)"
    case .local(let report): "\(report)"
    case .goodbye: "goodbye"
    }
  }
}
