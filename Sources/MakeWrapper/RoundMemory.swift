import FileTree
import Model

/// What the wrapper knows from earlier rounds: typed access to the ``WrapperMemory``, and the changes to it.
///
/// Nothing else survives a restart. The entries are keyed by what they are about, so that a round logs what it
/// changed and not what exists.
struct RoundMemory: Equatable, Sendable {
  private(set) var entries: WrapperMemory
  private let original: WrapperMemory
  /// Keys that may have changed.
  private var touched: Set<String> = []

  init(_ memory: WrapperMemory) {
    entries = memory
    original = memory
  }

  /// What must be logged so that the next round finds the memory as it is now.
  var changes: [MemoryChange] {
    // Where much was touched, one walk through all is shorter than a search for each.
    let isMuch = touched.count > entries.count / 16
    let keys =
      isMuch
      ? entries.keys(differingFrom: original)
      : touched.filter { entries[$0] != original[$0] }.sorted()
    return keys.map { MemoryChange(key: $0, value: entries[$0]) }
  }

  /// The policy that ran last.
  var policy: [UInt8]? {
    get { entries["policy"] }
    set { put("policy", newValue) }
  }

  subscript(input reference: ValueReference) -> InputRecord? {
    get { entries[Prefix.input + reference.description].flatMap(InputRecord.init) }
    set { put(Prefix.input + reference.description, newValue?.bytes) }
  }

  subscript(rule target: String) -> RuleRecord? {
    get { entries[Prefix.rule + target].flatMap(RuleRecord.init) }
    set { put(Prefix.rule + target, newValue?.bytes) }
  }

  subscript(failure target: String) -> FailureRecord? {
    get { entries[Prefix.failure + target].flatMap(FailureRecord.init) }
    set { put(Prefix.failure + target, newValue?.bytes) }
  }

  /// What is wrong with a rule's recipe although the rule did its work, by the rule's target.
  subscript(finding target: String) -> FailureRecord? {
    get { entries[Prefix.finding + target].flatMap(FailureRecord.init) }
    set { put(Prefix.finding + target, newValue?.bytes) }
  }

  /// The occurrences of events that a rule has handled while another reader keeps them.
  subscript(handled target: String) -> HandledEvents? {
    get { entries[Prefix.handled + target].flatMap(HandledEvents.init) }
    set { put(Prefix.handled + target, newValue?.bytes) }
  }

  subscript(assignments target: String) -> AssignedValues? {
    get { entries[Prefix.assignments + target].flatMap(AssignedValues.init) }
    set { put(Prefix.assignments + target, newValue?.bytes) }
  }

  /// What a rule would set, and may not, since another one sets another value.
  subscript(refused target: String) -> AssignedValues? {
    get { entries[Prefix.refused + target].flatMap(AssignedValues.init) }
    set { put(Prefix.refused + target, newValue?.bytes) }
  }

  /// When a file that rules read whole has changed.
  func inputStamp(of path: String) -> LogicalStamp? {
    entries[Prefix.input + path].flatMap(InputRecord.init)?.stamp
  }

  /// The nodes that have ever been present.
  var nodes: [String] { names(behind: Prefix.node) }

  func knows(node: Substring) -> Bool { entries[Prefix.node + node] != nil }

  mutating func noteNodes(_ nodes: [NodeName]) {
    for node in nodes where entries[Prefix.node + node.text] == nil { put(Prefix.node + node.text, []) }
  }

  /// References of all inputs that have a record, as text.
  var inputs: [String] { names(behind: Prefix.input) }
  var rules: [String] { names(behind: Prefix.rule) }
  var failures: [String] { names(behind: Prefix.failure) }
  var findings: [String] { names(behind: Prefix.finding) }
  var refused: [String] { names(behind: Prefix.refused) }
  var eventHandlers: [String] { names(behind: Prefix.handled) }
  var assigners: [String] { names(behind: Prefix.assignments) }

  /// The keys of entries that differ between two memories.
  func keys(differingFrom other: RoundMemory) -> [String] { entries.keys(differingFrom: other.entries) }

  /// The rule whose assignments an entry holds; nil for another entry.
  static func assigner(of key: String) -> String? {
    key.hasPrefix(Prefix.assignments) ? String(key.dropFirst(Prefix.assignments.count)) : nil
  }

  mutating func forgetInput(_ reference: String) { put(Prefix.input + reference, nil) }

  private mutating func put(_ key: String, _ value: [UInt8]?) {
    entries[key] = value
    touched.insert(key)
  }

  private enum Prefix {
    static let input = "input "
    static let rule = "rule "
    static let failure = "failure "
    static let finding = "finding "
    static let assignments = "assignments "
    static let handled = "handled "
    static let node = "node "
    static let refused = "refused "
  }

  private func names(behind prefix: String) -> [String] {
    entries.entries(from: prefix).prefix { $0.0.hasPrefix(prefix) }.map { String($0.0.dropFirst(prefix.count)) }
  }
}
