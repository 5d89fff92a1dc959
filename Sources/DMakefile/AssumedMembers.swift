import Model

/// For whom a policy is checked where no leader says who is there: two nodes, those that the policy names itself, and
/// on each the processes that the policy speaks of. With fewer its patterns would make nothing, and nothing of them
/// would be checked.
public struct AssumedMembers: Equatable, Sendable {
  public private(set) var processes = SortedMap<NodeName, [ProcessName]>()
  private var named = SortedMap<NodeName, SortedSet<ProcessName>>()
  private var onAll = SortedSet<ProcessName>()
  private var needsAnyProcess = false

  /// By the text alone, which names most of them.
  public init(bundle: Bundle, translation: Translation) {
    for file in bundle.files where file.path.text.hasSuffix(".xml") {
      onAll.formUnion(Self.processNames(in: file.content.text))
    }
    for file in translation.files {
      let source = SourceText(file: file.path, bytes: file.bytes)
      for line in Scanner.scan(source) where line.kind == .rule {
        for word in MakeText.words(file.bytes, line.range) {
          add(word.hasSuffix(":") ? String(word.dropLast()) : word)
        }
      }
    }
    finish()
  }

  /// With what make's database shows beside.
  public mutating func add(_ database: Database) {
    // Many rules read the same.
    var names = SortedSet<String>()
    for rule in database.patterns + database.rules where rule.isTarget {
      names.formUnion(rule.targets + rule.prerequisites + rule.orderOnly)
    }
    for name in names { add(name) }
    finish()
  }

  private mutating func add(_ name: String) {
    if name.contains("$") { return }
    let path = HiddenSpace.split(name)?.path ?? name
    let components = path.utf8.split(separator: Byte.slash, omittingEmptySubsequences: false)
      .map { String(Substring($0)) }
    // `web%` is for nodes like `webn1`.
    let first = components.first.flatMap { $0 == "%" ? nil : $0.replacing("%", with: "n1") }
    let node = first.flatMap { try? NodeName($0) }
    if components.count == 2, let node, [TreePath.newNodeFile, TreePath.failNodeFile].contains(components[1]) {
      named[node, default: []] = named[node] ?? []
    }
    if components.count == 2, components[0].hasSuffix("%") { needsAnyProcess = true }
    guard components.count == 3 else { return }
    let process = try? ProcessName(components[1])
    if let node, process != nil || components[1] == TreePath.nodeFolder {
      if let process { named[node, default: []].insert(process) } else { named[node] = named[node] ?? [] }
    }
    if components[0].contains("%"), let process { onAll.insert(process) }
    if components[1].contains("%") { needsAnyProcess = true }
  }

  private mutating func finish() {
    for node in ["n1", "n2"].compactMap({ try? NodeName($0) }) { named[node] = named[node] ?? [] }
    if needsAnyProcess, onAll.isEmpty, let any = try? ProcessName("app") { onAll.insert(any) }
    processes = SortedMap(named.map { node, own in (node, SortedSet(own.elements + onAll.elements).elements) })
  }

  /// `<process name="web"`, without a parser: what is no configuration is only assumed, and refused elsewhere.
  private static func processNames(in text: String) -> [ProcessName] {
    text.split(separator: "<process").dropFirst().compactMap { part in
      let attributes = part.prefix { $0 != ">" }
      guard let start = attributes.firstRange(of: "name=") else { return nil }
      let value = attributes[start.upperBound...]
      guard let quote = value.first, quote == "\"" || quote == "'" else { return nil }
      return try? ProcessName(String(value.dropFirst().prefix { $0 != quote }))
    }
  }
}
