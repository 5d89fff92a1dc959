import Model

/// One entry of the log, the total order that every replica's state follows from.
public enum LogEntry: Equatable, Sendable {
  /// A leader begins: with a greater epoch where it lost its log, else with the same one. Its timers hold from
  /// here on.
  case opened(epoch: UInt64, timing: Timing, time: WallTime)
  /// One tick of logical time, with the nodes whose heartbeats came since the last one.
  case tick(renewed: [NodeName], time: WallTime)
  /// An agent was admitted: a new node, or a new incarnation of one that is present.
  case joined(Admission)
  /// A report of an admitted agent.
  case reported(NodeName, incarnation: UInt64, Report)
  /// An agent said good-bye.
  case left(NodeName, incarnation: UInt64, time: WallTime)
  /// A policy became the active one.
  case activated(Activation)
  /// An operator lets quarantined rules run again.
  case lifted(Lift)
  case finished(RoundResult)
}

public struct Admission: Hashable, Sendable, CustomStringConvertible {
  public let node: NodeName
  public let instance: String
  public let incarnation: UInt64
  public let time: WallTime
  public init(node: NodeName, instance: String, incarnation: UInt64, time: WallTime) {
    self.node = node
    self.instance = instance
    self.incarnation = incarnation
    self.time = time
  }
  public var description: String { "\(node) incarnation \(incarnation)" }
}

public struct Activation: Equatable, Sendable, CustomStringConvertible {
  public let bundle: Bundle
  public let time: WallTime
  /// Who applied it, as the operator's machine says, for `--history`.
  public let author: String
  public init(bundle: Bundle, time: WallTime, author: String) {
    self.bundle = bundle
    self.time = time
    self.author = author
  }
  public var description: String { "policy \(bundle.digest) by \(author)" }
}

public struct Lift: Hashable, Sendable, CustomStringConvertible {
  /// Targets as problems show them; all that are quarantined where there are none.
  public let targets: [String]
  public let time: WallTime
  public let author: String
  public init(targets: [String], time: WallTime, author: String) {
    self.targets = targets
    self.time = time
    self.author = author
  }
  public var description: String {
    "quarantine of \(targets.isEmpty ? "all" : targets.joined(separator: " ")) by \(author)"
  }
}

extension LogEntry: CustomStringConvertible {
  public var description: String {
    switch self {
    case .opened(let epoch, let timing, _): "opened epoch \(epoch) \(timing)"
    case .tick(let renewed, _): "tick [\(renewed.map(\.text).joined(separator: " "))]"
    case .joined(let admission): "joined \(admission)"
    case .reported(let node, let incarnation, let report): "reported \(node)/\(incarnation) \(report)"
    case .left(let node, let incarnation, _): "left \(node)/\(incarnation)"
    case .activated(let activation): "activated \(activation)"
    case .lifted(let lift): "lifted \(lift)"
    case .finished(let result): "finished \(result)"
    }
  }
}
