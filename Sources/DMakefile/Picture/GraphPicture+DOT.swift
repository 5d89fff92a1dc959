import Model

extension GraphPicture {
  /// The picture in Graphviz's language.
  public var dot: String {
    var text = """
      digraph policy {
        graph [rankdir=LR, fontname="sans-serif", fontsize=12, nodesep=0.15, ranksep=0.7, newrank=true];
        node [shape=box, fontname="sans-serif", fontsize=10, height=0.3, margin="0.1,0.05"];
        edge [fontname="sans-serif", fontsize=9, arrowsize=0.7, color="#333333"];

      """
    for (node, folders) in clusters { text += cluster(node, folders) }
    for box in boxes.values where Folder(box) == nil { text += "  " + node(box) }
    for arrow in arrows.values { text += edge(arrow) }
    return text + legend + "}\n"
  }

  /// Where a box stands in the tree: below a node, maybe below a process.
  private struct Folder: Hashable, Comparable {
    let node: String
    let process: String

    init?(_ box: Box) {
      let components = box.path.split(separator: "/").map(String.init)
      guard [.state, .event, .file].contains(box.kind) else { return nil }
      node = components[0]
      process = components.count == 3 ? components[1] : ""
    }

    static func < (left: Self, right: Self) -> Bool { (left.node, left.process) < (right.node, right.process) }
  }

  private var clusters: SortedMap<String, SortedMap<String, [Box]>> {
    var result = SortedMap<String, SortedMap<String, [Box]>>()
    for box in boxes.values {
      guard let folder = Folder(box) else { continue }
      var node = result[folder.node] ?? [:]
      node[folder.process, default: []].append(box)
      result[folder.node] = node
    }
    return result
  }

  private func cluster(_ node: String, _ folders: SortedMap<String, [Box]>) -> String {
    var text = "  subgraph \(Self.quoted("cluster \(node)")) {\n"
    text += "    label=\(Self.quoted(node == "%" ? "every node (%)" : "node \(node)")); style=\"solid\"; "
    text += "penwidth=1.2; color=\"#555555\"; labeljust=l;\n"
    for (process, boxes) in folders {
      let lines = boxes.map { "      " + self.node($0) }.joined()
      if process.isEmpty {
        text += lines
        continue
      }
      let title =
        process == TreePath.nodeFolder ? "the agent (DMake)" : process == "%" ? "every process" : process
      text += "    subgraph \(Self.quoted("cluster \(node)/\(process)")) {\n"
      text += "      label=\(Self.quoted(title)); style=\"filled\"; fillcolor=\"#f2f2f2\"; color=\"#bbbbbb\"; "
      text += "penwidth=1; labeljust=l;\n" + lines + "    }\n"
    }
    return text + "  }\n"
  }

  private func node(_ box: Box) -> String {
    let runners = SortedSet(box.writers.values.flatMap { $0 }.map(\.runner))
    var attributes = Self.attributes(box.kind) + Self.attributes(runners)
    attributes.append("label=\(Self.label(Self.lines(of: box, isMixed: runners.count > 1)))")
    attributes.append("tooltip=\(Self.quoted(box.path))")
    return "\(Self.quoted(box.path)) [\(attributes.joined(separator: ", "))];\n"
  }

  static func attributes(_ kind: Kind) -> [String] {
    switch kind {
    case .state: ["shape=note", "fillcolor=\"#dbe9f6\"", "style=filled"]
    case .event: ["shape=hexagon", "fillcolor=\"#fde0c5\"", "style=filled", "margin=\"0.02,0.02\""]
    case .file: ["shape=box", "fillcolor=\"#ffffff\"", "style=filled"]
    case .result: ["shape=box", "fillcolor=\"#fffbe0\"", "style=\"rounded,filled\""]
    case .rule: ["shape=plaintext"]
    case .program: ["shape=component", "fillcolor=\"#e6e6e6\"", "style=filled"]
    case .template: ["shape=tab", "fillcolor=\"#e6e6e6\"", "style=filled"]
    }
  }

  private static func attributes(_ runners: SortedSet<Runner>) -> [String] {
    guard runners.count == 1, let runner = runners.elements.first else { return [] }
    switch runner {
    case .leader: return []
    case .local: return ["penwidth=2.5"]
    case .group: return ["peripheries=2"]
    }
  }

  private static func lines(of box: Box, isMixed: Bool) -> [String] {
    var name = box.path
    if Folder(box) != nil { name = String(box.path.split(separator: "/").last ?? "") }
    if box.kind == .program || box.kind == .template { name = String(name.dropFirst("$(DMAKE_BUNDLE)/".count)) }
    var lines = [name]
    for (tag, writers) in box.writers {
      let places = writers.compactMap(\.place).map {
        $0.file == Bundle.policyFile ? "line \($0.line)" : "\($0)"
      }
      var line = ([tag.isEmpty ? "" : "{\(shortened(tag))}"] + places).filter { !$0.isEmpty }.joined(
        separator: " ")
      if isMixed { line += writers.map { " " + $0.runner.text }.filter { $0 != " " }.joined() }
      if !line.isEmpty { lines.append(line) }
    }
    let runners = SortedSet(box.writers.values.flatMap { $0 }.map(\.runner)).map(\.text).filter { !$0.isEmpty }
    return isMixed ? lines : lines + runners
  }

  private func edge(_ arrow: Arrow) -> String {
    var attributes: [String] = []
    switch arrow.style {
    case .reads: break
    case .readsAll: attributes += ["dir=both", "arrowtail=crow"]
    case .orderOnly: attributes += ["style=dotted", "arrowhead=vee"]
    case .sets: attributes += ["style=bold", "arrowhead=diamond"]
    case .uses: attributes += ["style=dashed", "color=\"#999999\"", "arrowhead=none"]
    }
    let label = self.label(of: arrow)
    if !label.isEmpty { attributes.append("label=\(Self.label(label))") }
    let list = attributes.isEmpty ? "" : " [\(attributes.joined(separator: ", "))]"
    return "  \(Self.quoted(arrow.from)) -> \(Self.quoted(arrow.to))\(list);\n"
  }

  private func label(of arrow: Arrow) -> [String] {
    let tags = arrow.tags.filter { !$0.isEmpty }.map { "{\(Self.shortened($0))}" }
    // Which of several tags it is for; one that all are for needs no words.
    let made = SortedSet((boxes[arrow.to]?.writers ?? [:]).keys)
    let targets = arrow.targets.filter { !$0.isEmpty }
    let read = arrow.style == .readsAll ? (tags.isEmpty ? ["all"] : tags.map { "all \($0)" }) : tags
    guard arrow.style != .sets, made.count > 1, targets.count < made.count, !targets.isEmpty,
      targets != arrow.tags.elements
    else {
      return read
    }
    return read + ["for " + targets.map { "{\(Self.shortened($0))}" }.joined(separator: " ")]
  }

  /// A tag that is longer than a box should be wide, with its middle left out.
  private static func shortened(_ tag: String) -> String {
    tag.count > 40 ? "\(tag.prefix(18))…\(tag.suffix(20))" : tag
  }

  static func label(_ lines: [String]) -> String {
    "\"" + lines.map { escaped($0) }.joined(separator: "\\n") + "\""
  }

  static func quoted(_ text: String) -> String { "\"\(escaped(text))\"" }

  private static func escaped(_ text: String) -> String {
    DiagnosticRenderer.visible(text.utf8).replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
  }
}

extension GraphPicture.Runner {
  /// As the annotation is written; nothing for the leader, who runs what has none.
  var text: String {
    switch self {
    case .leader: ""
    case .local: "[local]"
    case .group(let name): "[leader \(name)]"
    }
  }
}

extension GraphPicture {
  /// What shapes and lines mean, as far as they occur.
  private var legend: String {
    let kinds = SortedSet(boxes.values.map(\.kind))
    let styles = SortedSet(arrows.values.map(\.style))
    let runners = SortedSet(boxes.values.flatMap { $0.writers.values.flatMap { $0 } }.map(\.runner))
    var text =
      "  subgraph \"cluster legend\" {\n    label=\"what it means\"; style=dashed; color=\"#888888\"; labeljust=l;\n"
    for kind in kinds {
      let attributes = (Self.attributes(kind) + ["label=\(Self.quoted(kind.meaning))"]).joined(separator: ", ")
      text += "    \"legend \(kind.rawValue)\" [\(attributes)];\n"
    }
    if runners.contains(.local) {
      text += "    \"legend local\" [penwidth=2.5, label=\"[local]: made on the node itself\"];\n"
    }
    if runners.contains(where: { if case .group = $0 { true } else { false } }) {
      text += "    \"legend group\" [peripheries=2, label=\"[leader NAME]: made by that group\"];\n"
    }
    for style in styles {
      let arrow = Arrow(
        from: "legend \(style) from", to: "legend \(style) to", style: style, tags: [style.meaning])
      text += "    \"\(arrow.from)\" [shape=point, width=0.05]; \"\(arrow.to)\" [shape=point, width=0.05];\n"
      text +=
        "  "
        + edge(arrow).replacing("{\(style.meaning)}", with: style.meaning).replacing("\"all is", with: "\"is")
    }
    return text + "  }\n"
  }
}

extension GraphPicture.Kind {
  fileprivate var meaning: String {
    switch self {
    case .state: "a state, which an application writes"
    case .event: "an event"
    case .file: "a file that a node gets"
    case .result: "an intermediate result"
    case .rule: "a rule without a file"
    case .program: "a program of the policy"
    case .template: "a file of the policy"
    }
  }
}

extension GraphPicture.Arrow.Style {
  fileprivate var meaning: String {
    switch self {
    case .reads: "is made of; {tag}: of that value"
    case .readsAll: "is made of those of all nodes"
    case .orderOnly: "is made after"
    case .sets: "sets the value"
    case .uses: "is used by the rule"
    }
  }
}
