import GroupProtocol
import Model

/// How far an activation has come, for `apply --wait`: a round at or after it has finished, and every present node
/// has on its disk what the leader wants.
public struct ActivationProgress: Equatable, Sendable {
  public let current: Int
  public let nodes: Int
  public let waitingFor: [NodeName]
  public let isRoundDone: Bool
  /// Another policy that became active meanwhile.
  public let replacedBy: Digest?

  public init(_ report: StatusReport, activation: LogIndex) {
    let present = report.nodes.filter { $0.phase == .present }
    isRoundDone = report.lastRound >= activation
    waitingFor = present.filter { $0.outdatedFiles > 0 }.map(\.name)
    nodes = present.count
    current = isRoundDone ? present.count - waitingFor.count : 0
    replacedBy = report.policy.flatMap { $0.index > activation ? $0.policy : nil }
  }

  public var isDone: Bool { isRoundDone && waitingFor.isEmpty }

  /// `[########........] 1/2 nodes, waiting for n2`
  public func bar(width: Int = 24) -> String {
    let filled = nodes == 0 ? (isDone ? width : 0) : width * current / nodes
    let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
    return "[\(bar)] \(text)"
  }

  public var text: String {
    if !isRoundDone { return "waiting for the policy's first round" }
    let names = waitingFor.prefix(3).map(\.text).joined(separator: " ") + (waitingFor.count > 3 ? " …" : "")
    return "\(current)/\(counted(nodes, "node"))" + (names.isEmpty ? "" : ", waiting for \(names)")
  }
}
