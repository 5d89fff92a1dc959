/// The files as a round must leave them, rule by rule.
struct Evaluation {
  let situation: Situation
  /// All files after the round. The bytes of a file that is put together from elements are not the policy's, so whoever
  /// reads such a file as a whole must have read these; that its elements are right is checked apart.
  let observed: [String: String]
  let scopes: VariableScopes

  /// Files that rules have made as a whole.
  private var contents: [String: String] = [:]
  private var lists: [String: String] = [:]
  /// The elements of files that rules write by tags.
  private var elements: [String: [String: [String]]] = [:]

  init(situation: Situation, instances: [Instance], observed: [String: String]) {
    self.situation = situation
    scopes = VariableScopes(situation.policy.definitions, instances)
    self.observed = observed
    for node in situation.nodes {
      let file = situation.processes(of: node).count == 1 ? "one.xml" : "two.xml"
      contents["\(node)/DMake/config.xml"] = situation.policy.files[file]
    }
  }

  mutating func add(_ made: Reference.Made, of instance: Instance) {
    for (name, values) in made.values { set(name, values) }
    guard let content = made.content else { return }
    for target in instance.targets {
      if target.tag != nil {
        set(target, Self.lines(content))
      } else if made.isOfEvents {
        lists[target.file] = content
      } else {
        contents[target.file] = content
      }
    }
  }

  private mutating func set(_ name: Name, _ values: [String]) {
    guard let tag = name.tag else { return }
    if elements[name.file] == nil {
      let parts = name.file.split(separator: "/").dropFirst().joined(separator: "/")
      let template = situation.policy.files["templates/\(parts)"] ?? ""
      elements[name.file] = FlatDocument.values(in: template)
    }
    elements[name.file]?[tag] = values
  }

  func isFailing(_ instance: Instance) -> Bool {
    instance.rule.recipe.fails.map { values(of: $0.with(stem: instance.stem)) == ["bad"] } ?? false
  }

  /// What a recipe writes.
  func text(_ body: Recipe.Body, _ instance: Instance) -> String {
    let all = instance.normal.map(content).joined()
    switch body {
    case .first: return instance.normal.first.map(content) ?? ""
    case .all: return all
    case .sum: return sum(instance.normal) + "\n"
    case .program(let program):
      let lines = Self.lines(situation.policy.files[program] ?? "")
      return (lines.first { $0.hasPrefix("echo ") }?.dropFirst(5) ?? "") + "\n" + all
    case .bundleFile(let file): return (situation.policy.files[file] ?? "") + all
    case .nodes: return situation.nodes.sorted().joined(separator: " ") + "\n"
    case .stem: return instance.stem + "\n"
    case .texts(let names):
      return names.map { text(of: $0.with(stem: instance.stem)) }.joined(separator: ";") + "\n"
    case .document: return "<d><s>\(sum(instance.normal))</s></d>\n"
    case .variables(let names):
      return names.map { scopes.value($0, in: instance.key) }.joined(separator: "|") + "\n"
    case .allAndOrder: return all + instance.orderOnly.map(content).joined()
    case .append: return ""
    }
  }

  func values(_ value: Recipe.Value, _ stem: String) -> [String] {
    switch value {
    case .literal(let text): [text]
    case .copy(let name): lines(of: name.with(stem: stem))
    case .around(let head, let name, let tail):
      [head + text(of: name.with(stem: stem)) + tail]
    }
  }

  /// Values as they are read, each a line: with a blank for each line break inside (dmakefile(5), Values).
  private func lines(of name: Name) -> [String] { values(of: name).map { $0.replacing("\n", with: " ") } }

  /// Without empty lines at the end.
  private func text(of name: Name) -> String {
    let lines = lines(of: name)
    let end = lines.lastIndex { !$0.isEmpty } ?? -1
    return lines[...end].joined(separator: "\n")
  }

  /// As awk adds up the first words of lines.
  func sum(_ names: [Name]) -> String {
    let lines = names.map(content).joined().split(separator: "\n")
    let numbers = lines.map { line in
      Int(line.drop { $0 == " " }.prefix { $0.isNumber }) ?? 0
    }
    return "\(numbers.reduce(0, +))"
  }

  /// What a prerequisite's file holds.
  func content(_ name: Name) -> String {
    if name.tag != nil { return lines(of: name).map { $0 + "\n" }.joined() }
    if situation.isOfAbsentNode(name.file) { return "" }
    if elements[name.file] != nil || lists[name.file] != nil { return observed[name.file] ?? "" }
    return contents[name.file] ?? situation.documents[name.file]?.text ?? ""
  }

  func values(of name: Name) -> [String] {
    guard let tag = name.tag, !situation.isOfAbsentNode(name.file) else { return [] }
    if let elements = elements[name.file] { return elements[tag] ?? [] }
    if let content = contents[name.file] { return FlatDocument.values(in: content)[tag] ?? [] }
    return situation.documents[name.file]?.values.filter { $0.tag == tag }.map(\.text) ?? []
  }

  private static func lines(_ text: String) -> [String] {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    if lines.last == "" { lines.removeLast() }
    return lines
  }

  /// What is wrong with the files that were observed.
  func faults(standing: Set<String>) -> [String] {
    var faults: [String] = []
    func expect(_ file: String, _ expected: String, _ found: String?) {
      if found != expected {
        faults.append("`\(file)` must hold \(expected.debugDescription), has \(found.debugDescription)")
      }
    }
    for (file, content) in contents { expect(file, content, observed[file]) }
    for (file, document) in situation.documents { expect(file, document.text, observed[file]) }
    for (file, list) in lists { expect(file, list, observed[file].map(Self.occurrences)) }
    for (file, elements) in elements {
      let elements = elements.filter { !$0.value.isEmpty }
      if elements.isEmpty, observed[file] == nil { continue }
      let found = observed[file].map { FlatDocument.values(in: $0) }
      if found != elements {
        faults.append("`\(file)` must have \(elements), has \(observed[file].debugDescription)")
      }
    }
    for file in standing where observed[file] == nil { faults.append("`\(file)` is gone") }
    let known = Set(contents.keys).union(situation.documents.keys).union(lists.keys).union(elements.keys)
    for file in observed.keys where !known.union(standing).contains(file) {
      faults.append("`\(file)` must not be there")
    }
    return faults.sorted()
  }

  /// The occurrences in copies of event files, one a line: the file's name and the number.
  static func occurrences(in text: String) -> String {
    lines(text).filter { $0.contains("<event ") }.map { line in
      "\(attribute("node", line))/\(attribute("process", line))/stop-proc \(attribute("sequence", line))\n"
    }.joined()
  }

  private static func attribute(_ name: String, _ line: String) -> String {
    let parts = line.split(separator: "\"", omittingEmptySubsequences: false)
    let index = parts.firstIndex { $0.hasSuffix(" \(name)=") } ?? parts.endIndex
    return index + 1 < parts.count ? String(parts[index + 1]) : "?"
  }
}

/// A document whose root's elements hold text and have at most one attribute.
enum FlatDocument {
  /// The texts by element: `name`, or `name[@attribute='value']`.
  static func values(in text: String) -> [String: [String]] {
    var result: [String: [String]] = [:]
    var parts = text.split(separator: "<", omittingEmptySubsequences: false).dropFirst().filter {
      !$0.hasPrefix("?")
    }
    // The root's own tags.
    if !parts.isEmpty { parts.removeFirst() }
    for part in parts where !part.hasPrefix("/") {
      guard let end = part.firstIndex(of: ">") else { continue }
      let head = part[..<end]
      let isEmpty = head.hasSuffix("/")
      let words = head.dropLast(isEmpty ? 1 : 0).split(separator: " ", maxSplits: 1)
      guard let name = words.first else { continue }
      let attribute = words.count > 1 ? "[@\(words[1].split(separator: "\"").joined(separator: "'"))']" : ""
      let content = isEmpty ? "" : unescaped(part[part.index(after: end)...])
      result["\(name)\(attribute)", default: []].append(content)
    }
    return result
  }

  private static func unescaped(_ text: Substring) -> String {
    let entities = [("lt", "<"), ("gt", ">"), ("quot", "\""), ("apos", "'"), ("amp", "&")]
    var parts = text.split(separator: "&", omittingEmptySubsequences: false).map(String.init)
    for index in parts.indices.dropFirst() {
      for (name, character) in entities where parts[index].hasPrefix(name + ";") {
        parts[index] = character + parts[index].dropFirst(name.count + 1)
        break
      }
    }
    return parts.joined()
  }
}
