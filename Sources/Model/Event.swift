/// Who saw something happen, and its number there: an agent counts its reports, and `incarnation`, which is on its
/// disk, grows with each start of it. The leader drops what it has seen before by comparing this.
///
/// What the leader sees itself (a node joins, a lease ends) is numbered by the position in the log, with the top
/// bit set: an agent's numbers stay below it, so that the two never meet.
public struct EventIdentity: Hashable, Comparable, Sendable, CustomStringConvertible {
  public let node: NodeName
  public let incarnation: UInt64
  public let sequence: UInt64

  public init(node: NodeName, incarnation: UInt64, sequence: UInt64) {
    self.node = node
    self.incarnation = incarnation
    self.sequence = sequence
  }

  private static let leaderMark: UInt64 = 1 << 63

  /// What the leader saw, at a position in its log.
  public init(node: NodeName, incarnation: UInt64, position: LogIndex) {
    self.init(node: node, incarnation: incarnation, sequence: position | Self.leaderMark)
  }

  /// The number without the leader's mark, for people.
  public var number: UInt64 { sequence & ~Self.leaderMark }

  public static func < (left: Self, right: Self) -> Bool {
    (left.node, left.incarnation, left.sequence) < (right.node, right.incarnation, right.sequence)
  }
  public var description: String {
    "\(node)/\(incarnation)/\(sequence == number ? "" : "log")\(number)"
  }
}

/// One occurrence of a management event (paper, section 4): it stands in its event file until a round that saw it
/// has committed with every dependent rule succeeded.
public struct Event: Hashable, Sendable, CustomStringConvertible {
  public enum Kind: Hashable, Sendable {
    case newNode
    /// The processes that ran when the node was last heard of, and whether each has surely stopped.
    case failNode([LostProcess])
    case stopProc(ProcessName, ProcessEnd)
  }

  public let identity: EventIdentity
  public let kind: Kind
  public let time: WallTime

  public init(identity: EventIdentity, kind: Kind, time: WallTime) {
    self.identity = identity
    self.kind = kind
    self.time = time
  }

  /// The event file that lists this occurrence.
  public var path: TreePath {
    switch kind {
    case .newNode: .newNode(identity.node)
    case .failNode: .failNode(identity.node)
    case .stopProc(let process, _): .stopProc(identity.node, process)
    }
  }

  public var description: String {
    switch kind {
    case .newNode: "new-node \(identity)"
    case .failNode(let processes): "fail-node \(identity)" + processes.map { " \($0)" }.joined()
    case .stopProc(let process, let end): "stop-proc \(identity) \(process) \(end)"
    }
  }
}

/// A process of a lost node.
public struct LostProcess: Hashable, Sendable, CustomStringConvertible {
  public let name: ProcessName
  /// Whether it cannot run any more: the agent said good-bye after it stopped its processes, or the process is stopped
  /// at the fence, before the node's lease ends.
  public let surelyStopped: Bool
  public init(name: ProcessName, surelyStopped: Bool) {
    self.name = name
    self.surelyStopped = surelyStopped
  }
  public var description: String { surelyStopped ? "\(name)(stopped)" : "\(name)(unknown)" }
}

/// How a process ended, as wait(2) tells it.
public enum ProcessEnd: Hashable, Sendable, CustomStringConvertible {
  case exited(code: Int32)
  case signalled(Int32)
  /// The kernel killed it, since memory ran out: its control group's, or the machine's.
  case outOfMemory
  /// It ended while no agent was its parent, so the kernel told nobody.
  case unknown
  /// It could not be started; the text names the file and the reason.
  case notStarted(String)
  /// The agent stopped it, since a check of its health failed; the text says which and how.
  case unhealthy(String)

  public var description: String {
    switch self {
    case .exited(let code): "exit \(code)"
    case .signalled(let signal): "signal \(signal)"
    case .outOfMemory: "signal 9, out of memory"
    case .unknown: "status unknown"
    case .notStarted(let reason): "not started: \(reason)"
    case .unhealthy(let reason): "unhealthy: \(reason)"
    }
  }
}

extension Event {
  /// The content of an event file: its occurrences, oldest first, as XML.
  ///
  ///     <events>
  ///       <event node="n1" incarnation="3" sequence="17" time="2014-06-01T12:00:00.000Z" exit="1"/>
  ///     </events>
  public static func file(_ occurrences: [Event]) -> Content {
    var text = "<events>\n"
    for event in occurrences {
      let identity = event.identity
      text +=
        "  <event node=\"\(identity.node)\" incarnation=\"\(identity.incarnation)\" sequence=\"\(identity.number)\" time=\"\(event.time)\""
      switch event.kind {
      case .newNode: text += "/>\n"
      case .failNode(let processes):
        let lines = processes.map {
          "    <process name=\"\($0.name)\" stopped=\"\($0.surelyStopped ? "yes" : "unknown")\"/>\n"
        }
        text += lines.isEmpty ? "/>\n" : ">\n" + lines.joined() + "  </event>\n"
      case .stopProc(let process, let end): text += " process=\"\(process)\" \(attribute(end))/>\n"
      }
    }
    return Content(text + "</events>\n")
  }

  private static func attribute(_ end: ProcessEnd) -> String {
    switch end {
    case .exited(let code): "exit=\"\(code)\""
    case .signalled(let signal): "signal=\"\(signal)\""
    case .outOfMemory: "signal=\"9\" out-of-memory=\"yes\""
    case .unknown: "exit=\"unknown\""
    case .notStarted(let reason): "not-started=\"\(XMLCharacters.escaped(reason))\""
    case .unhealthy(let reason): "unhealthy=\"\(XMLCharacters.escaped(reason))\""
    }
  }
}
