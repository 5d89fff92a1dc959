import GroupProtocol
import Model

/// `dmake status --why`: which rule made a value, out of what, when. The newest first.
public struct ExplanationView: View {
  let value: ValueReference
  let explanations: [Explanation]

  public init(_ value: ValueReference, _ explanations: [Explanation]) {
    self.value = value
    self.explanations = explanations
  }

  public func text(_ style: Style) -> String {
    if explanations.isEmpty {
      return
        "no rule of a policy made `\(value.description.visible)`: it is absent, or its node wrote it itself\n"
    }
    return explanations.map { text(of: $0, style) }.joined(separator: "\n")
  }

  private func text(of explanation: Explanation, _ style: Style) -> String {
    let provenance = explanation.provenance
    var text = style.paint(provenance.value.description.visible, .bold) + "\n"
    text += "  value  \(change(provenance.old, provenance.new, style))\n"
    text += "  rule   \(provenance.place.file.visible):\(provenance.place.line)\n"
    text += "  why    \(provenance.reason.visible)\n"
    text += "  when   \(explanation.time), log index \(explanation.index)\n"
    for input in provenance.inputs {
      let isChanged = input.old != input.new
      text += "  \(input.isEvent ? "event" : "input")  \(input.reference.visible)\n"
      text += "         \(isChanged ? change(input.old, input.new, style) : "unchanged \(shown(input.new))")\n"
    }
    return text
  }

  private func change(_ old: String?, _ new: String?, _ style: Style) -> String {
    "\(style.paint(shown(old), .red)) → \(style.paint(shown(new), .green))"
  }

  /// Values are quoted, so that an empty one and one that is absent can be told apart.
  private func shown(_ value: String?) -> String { value.map { "\"\($0.visible)\"" } ?? "absent" }

  public var json: JSON {
    .document(
      kind: "explanation",
      [
        "value": JSON(value),
        "explanations": .array(explanations.map(\.json)),
      ])
  }
}

extension Provenance.Input {
  /// Whether it is one of the tree's event files.
  var isEvent: Bool {
    let name = reference.split(separator: "/").last.map(String.init) ?? ""
    return [TreePath.newNodeFile, TreePath.failNodeFile, TreePath.stopProcFile].contains(name)
  }
}

extension Explanation {
  var json: JSON {
    [
      "value": JSON(provenance.value), "old": JSON(provenance.old), "new": JSON(provenance.new),
      "file": .string(provenance.place.file), "line": JSON(number: provenance.place.line),
      "reason": .string(provenance.reason), "index": JSON(number: index), "time": JSON(time),
      "inputs": .array(
        provenance.inputs.map {
          [
            "reference": .string($0.reference), "old": JSON($0.old), "new": JSON($0.new),
            "isEvent": .bool($0.isEvent),
          ]
        }),
    ]
  }
}
