import GroupProtocol
import Model

/// `dmake apply --lift`: which rules run again.
public struct LiftView: View {
  let targets: [String]
  let index: LogIndex

  public init(targets: [String], index: LogIndex) {
    self.targets = targets
    self.index = index
  }

  public func text(_ style: Style) -> String {
    "lifted the quarantine of \(counted(targets.count, "rule")) at log index \(index)\n"
      + targets.map { "  \($0.visible)\n" }.joined()
  }

  public var json: JSON {
    .document(
      kind: "lift", ["targets": .array(targets.map { .string($0) }), "index": JSON(number: index)])
  }
}
