import GroupProtocol
import Model

/// `dmake status --why`: which rule made a value, why, out of what, when, and the same of its inputs.
public struct ExplanationView: View {
  /// How many characters of a value stand on its line.
  static let lengthLimit = 80
  /// How many earlier positions are listed.
  static let earlierLimit = 8
  static let cutNote = "of which only the first \(Provenance.textLimitBytes) bytes are kept, as text"

  let report: ExplanationReport

  public init(_ report: ExplanationReport) { self.report = report }

  public func text(_ style: Style) -> String {
    let name = report.value.description.visible
    if let removedAt = report.removedAt {
      return "no rule makes `\(name)` any more: it went at log index \(removedAt)"
        + (removedAt > 0 ? "; `--at \(removedAt - 1)` explains it before\n" : "\n")
    }
    if report.explanations.isEmpty {
      return "no rule of a policy made `\(name)`: it is absent, or its node wrote it itself\n"
    }
    let blocks = report.explanations.map { text(of: $0, style) }
    let note = report.isCut ? ["there is more behind these inputs; `--why` explains each of them\n"] : []
    return (blocks + note).joined(separator: "\n")
  }

  private func text(of explanation: Explanation, _ style: Style) -> String {
    let provenance = explanation.provenance
    var text = style.paint(provenance.value.description.visible, .bold) + "\n"
    text += "  value  \(value(of: provenance, style))\n"
    text += "  rule   \(provenance.place.file.visible):\(provenance.place.line)\n"
    for (position, reason) in provenance.reasons.enumerated() {
      text += (position == 0 ? "  why    " : "         ") + reason.text.visible + "\n"
    }
    text += "  when   \(explanation.time), log index \(explanation.index)\n"
    var causes = explanation.causes[...]
    for input in provenance.inputs {
      text += self.text(of: input, isChanged: provenance.isReason(input), style)
      // They stand in the order of the inputs; one that explains two inputs stands below the first.
      while let cause = causes.first, Self.isCause(cause, of: input) {
        text += Self.nested(self.text(of: cause, style))
        causes.removeFirst()
      }
    }
    if !explanation.earlier.isEmpty {
      let isLong = explanation.earlier.count > Self.earlierLimit
      let list = explanation.earlier.prefix(Self.earlierLimit).map(String.init).joined(separator: ", ")
      text += "  before log index \(list)\(isLong ? ", …" : "")\n"
    }
    return text
  }

  private func text(of input: Provenance.Input, isChanged: Bool, _ style: Style) -> String {
    let isTag = input.reference.hasSuffix("}")
    let values =
      isChanged
      ? change(input.old, input.new, isTag: isTag, style) : "unchanged \(shown(input.new, isTag: isTag))"
    let cut = input.isCut ? ", \(Self.cutNote)" : ""
    let version = input.changedAt.map { ", at \($0)" } ?? ""
    return
      "  \(input.isEvent ? "event" : "input")  \(input.reference.visible)\n         \(values)\(cut)\(version)\n"
  }

  private static func isCause(_ cause: Explanation, of input: Provenance.Input) -> Bool {
    let made = cause.provenance.value
    if made.description == input.reference { return true }
    guard let read = try? ValueReference(input.reference) else { return false }
    return made.path == read.path && (made.tag == nil || read.tag == nil)
  }

  private static func nested(_ text: String) -> String {
    text.split(separator: "\n").map { "    \($0)\n" }.joined()
  }

  /// A tag's value as it was and is; of a file what differs, as far as it was kept.
  private func value(of provenance: Provenance, _ style: Style) -> String {
    guard provenance.value.tag == nil, let old = provenance.old, let new = provenance.new else {
      return change(provenance.old, provenance.new, isTag: provenance.value.tag != nil, style)
        + (provenance.isCut ? ", \(Self.cutNote)" : "")
    }
    let difference = UnifiedDiff(old: old, new: new).text(style)
    if difference.isEmpty { return "changed behind its first \(Provenance.textLimitBytes) bytes" }
    return "changed\(provenance.isCut ? ", \(Self.cutNote)" : ""):\n"
      + difference.split(separator: "\n").map { "         \($0)" }.joined(separator: "\n")
  }

  private func change(_ old: String?, _ new: String?, isTag: Bool, _ style: Style) -> String {
    "\(style.paint(shown(old, isTag: isTag), .red)) → \(style.paint(shown(new, isTag: isTag), .green))"
  }

  /// Values are quoted, so that an empty one and one that is absent can be told apart. Those of a tag stand a line
  /// each, so the last line feed is none of theirs.
  private func shown(_ value: String?, isTag: Bool) -> String {
    guard let value else { return "absent" }
    let text = (isTag && value.hasSuffix("\n") ? value.dropLast() : value[...])
    let isLong = text.count > Self.lengthLimit
    return text.prefix(Self.lengthLimit).quoted + (isLong ? "…" : "")
  }

  public var json: JSON {
    .document(
      kind: "explanation",
      [
        "value": JSON(report.value), "at": JSON(number: report.at),
        "explanations": .array(report.explanations.map(\.json)), "removedAt": JSON(number: report.removedAt),
        "since": JSON(number: report.since), "isCut": .bool(report.isCut),
      ])
  }
}

extension Provenance {
  /// Whether the rule ran because of the input. Its texts may be equal all the same, for they are the beginnings.
  fileprivate func isReason(_ input: Input) -> Bool {
    input.old != input.new || reasons.contains(.changed(input.reference))
  }
}

extension Provenance.Input {
  /// Whether it is one of the tree's event files.
  var isEvent: Bool {
    let name = reference.split(separator: "/").last.map(String.init) ?? ""
    return [TreePath.newNodeFile, TreePath.failNodeFile, TreePath.stopProcFile].contains(name)
  }
}

extension RunReason {
  /// For a person, as what follows "why".
  var text: String {
    switch self {
    case .new: "the rule had never succeeded"
    case .ruleChanged: "the rule changed: its recipe, a variable, a program or its list of prerequisites"
    case .changed(let reference): "\(reference) changed"
    case .missingOutput: "its target was not there"
    case .retry(let kind, let attempts): "tried again after \(counted(attempts, "failure")) (\(kind.rawValue))"
    case .always: "it runs in every round: a prerequisite is phony or never becomes a file"
    case .lifted: "an operator lifted its quarantine"
    }
  }

  var json: JSON {
    switch self {
    case .new: ["kind": "new"]
    case .ruleChanged: ["kind": "rule-changed"]
    case .changed(let reference): ["kind": "changed", "reference": .string(reference)]
    case .missingOutput: ["kind": "missing-output"]
    case .retry(let kind, let attempts):
      ["kind": "retry", "after": .string(kind.rawValue), "attempts": JSON(number: attempts)]
    case .always: ["kind": "always"]
    case .lifted: ["kind": "lifted"]
    }
  }
}

extension Explanation {
  var json: JSON {
    [
      "value": JSON(provenance.value), "old": JSON(provenance.old), "new": JSON(provenance.new),
      "isCut": .bool(provenance.isCut),
      "file": .string(provenance.place.file), "line": JSON(number: provenance.place.line),
      "reasons": .array(provenance.reasons.map(\.json)), "round": JSON(number: provenance.index),
      "index": JSON(number: index), "time": JSON(time),
      "inputs": .array(
        provenance.inputs.map {
          [
            "reference": .string($0.reference), "old": JSON($0.old), "new": JSON($0.new),
            "isEvent": .bool($0.isEvent), "isCut": .bool($0.isCut), "changedAt": JSON(number: $0.changedAt),
          ]
        }),
      "earlier": .array(earlier.map { JSON(number: $0) }), "causes": .array(causes.map(\.json)),
    ]
  }
}
