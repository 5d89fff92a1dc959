import DMakefile

/// `dmake lint --explain`: what a kind of finding means.
struct FindingExplanationView: View {
  private static let columns = 79

  let code: DiagnosticCode

  init(_ code: DiagnosticCode) { self.code = code }

  func text(_ style: Style) -> String {
    let explanation = code.explanation
    let paragraphs = [explanation.what, explanation.why, explanation.how]
    let examples = [("Wrong:", explanation.wrong), ("Right:", explanation.right)].compactMap { title, example in
      example.map { style.paint(title, .bold) + "\n\n" + Self.text(of: $0) }
    }
    let head = style.paint("\(code.rawValue): \(explanation.title)", .bold) + "\n"
    return ([head] + paragraphs.map(Self.wrapped) + examples).joined(separator: "\n")
  }

  private static func text(of example: Explanation.Example) -> String {
    let files = example.files.map {
      "  \($0.path)\($0.isExecutable ? ", executable" : ""):\n" + indented($0.text)
    }
    return ([indented(example.policy)] + files).joined(separator: "\n")
  }

  private static func wrapped(_ paragraph: String) -> String {
    var lines = [""]
    for word in paragraph.split(separator: " ") {
      let last = lines[lines.count - 1]
      if last.isEmpty {
        lines[lines.count - 1] = String(word)
      } else if last.count + word.count < columns {
        lines[lines.count - 1] += " " + word
      } else {
        lines.append(String(word))
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  var json: JSON {
    let explanation = code.explanation
    return .document(
      kind: "explanation",
      [
        "code": .string(code.rawValue), "title": .string(explanation.title), "what": .string(explanation.what),
        "why": .string(explanation.why), "how": .string(explanation.how),
        "wrong": Self.json(of: explanation.wrong), "right": Self.json(of: explanation.right),
      ])
  }

  private static func json(of example: Explanation.Example?) -> JSON {
    guard let example else { return .null }
    return [
      "policy": .string(example.policy),
      "files": .array(
        example.files.map {
          ["path": .string($0.path), "executable": .bool($0.isExecutable), "text": .string($0.text)]
        }),
    ]
  }
}
