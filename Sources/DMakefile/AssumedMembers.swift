import Model

/// For whom a policy is checked where no leader says who is there: two nodes, those that the policy names itself, and
/// on each the processes that the policy speaks of. With fewer its patterns would make nothing, and nothing of them
/// would be checked.
public struct AssumedMembers: Sendable {
  public private(set) var processes = SortedMap<NodeName, [ProcessName]>()
  private var named = SortedMap<NodeName, SortedSet<ProcessName>>()
  private var onAll = SortedSet<ProcessName>()
  private var needsAnyProcess = false
  /// The folder, or the path in a node's own folder, that was looked at last.
  private var last: ArraySlice<UInt8> = []

  /// By the text alone, which names most of them.
  public init(_ text: PolicyText) {
    for file in text.bundle.files where file.path.text.hasSuffix(".xml") {
      onAll.formUnion(Self.processNames(in: file.content.text))
    }
    for site in text.rules {
      for words in [site.targets, site.prerequisites] {
        for word in words { add(site.source.bytes[word].prefix { $0 != Byte.openBrace }) }
      }
    }
    finish()
  }

  /// With what make's database shows beside.
  public mutating func add(_ database: Database) {
    for rule in database.patterns + database.rules where rule.isTarget {
      for name in rule.targets + rule.prerequisites + rule.orderOnly {
        add(HiddenSpace.path(in: Array(name.utf8)))
      }
    }
    finish()
  }

  /// What the path of a file says of nodes and processes.
  private mutating func add(_ path: ArraySlice<UInt8>) {
    // Rules name a process's files one after the other.
    guard let slash = path.firstIndex(of: Byte.slash) else { return }
    let folder = path[..<(path[(slash + 1)...].firstIndex(of: Byte.slash) ?? path.endIndex)]
    if folder.elementsEqual(last) { return }
    let parts = path.split(separator: Byte.slash, omittingEmptySubsequences: false)
    guard parts.count == 2 || parts.count == 3, !path.contains(Byte.dollar) else { return }
    last = folder
    let (first, second) = (parts[0].text, parts[1].text)
    // `web%` is for nodes like `webn1`.
    let node = first == "%" ? nil : try? NodeName(first.replacing("%", with: "n1"))
    if parts.count == 2 {
      if let node, [TreePath.newNodeFile, TreePath.failNodeFile].contains(second) {
        named[node, default: []] = named[node] ?? []
      }
      if first.hasSuffix("%") { needsAnyProcess = true }
      return
    }
    let process = try? ProcessName(second)
    if let node, process != nil || second == TreePath.nodeFolder {
      if let process { named[node, default: []].insert(process) } else { named[node] = named[node] ?? [] }
    }
    if first.contains("%"), let process { onAll.insert(process) }
    if second.contains("%") { needsAnyProcess = true }
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
