import Model

/// What the wrapper knows from earlier rounds: typed access to the ``WrapperMemory``, and the changes to it.
///
/// Nothing else survives a restart. The entries are keyed by what they are about, so that a round logs what it
/// changed and not what exists.
struct RoundMemory: Equatable, Sendable {
  private(set) var entries: WrapperMemory
  private let original: WrapperMemory
  /// Keys that may have changed.
  private var touched = SortedSet<String>()

  init(_ memory: WrapperMemory) {
    entries = memory
    original = memory
  }

  /// What must be logged so that the next round finds the memory as it is now.
  var changes: [MemoryChange] {
    touched.filter { entries[$0] != original[$0] }.map { MemoryChange(key: $0, value: entries[$0]) }
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

  subscript(assignments target: String) -> AssignedValues? {
    get { entries[Prefix.assignments + target].flatMap(AssignedValues.init) }
    set { put(Prefix.assignments + target, newValue?.bytes) }
  }

  /// References of all inputs that have a record, as text.
  var inputs: [String] { names(behind: Prefix.input) }
  var rules: [String] { names(behind: Prefix.rule) }
  var failures: [String] { names(behind: Prefix.failure) }
  var assigners: [String] { names(behind: Prefix.assignments) }

  mutating func forgetInput(_ reference: String) { put(Prefix.input + reference, nil) }

  private mutating func put(_ key: String, _ value: [UInt8]?) {
    entries[key] = value
    touched.insert(key)
  }

  private enum Prefix {
    static let input = "input "
    static let rule = "rule "
    static let failure = "failure "
    static let assignments = "assignments "
  }

  private func names(behind prefix: String) -> [String] {
    var position = entries.lowerBound(of: prefix)
    var names: [String] = []
    while position < entries.count, entries.keys[position].hasPrefix(prefix) {
      names.append(String(entries.keys[position].dropFirst(prefix.count)))
      position += 1
    }
    return names
  }
}

/// Something that rules read, as it was when it last changed.
struct InputRecord: Equatable, Sendable {
  let stamp: LogicalStamp
  /// Nil where it was absent.
  let digest: Digest?
  /// The beginning of its text, for `status --why`.
  let text: String?

  init(stamp: LogicalStamp, content: Content?) {
    self.stamp = stamp
    digest = content?.digest
    text = content.map { Excerpt.text(of: $0) }
  }

  init?(_ bytes: [UInt8]) {
    var reader = FieldReader(bytes)
    guard let stamp = reader.number(), let digest = reader.field(), let text = reader.optionalText() else {
      return nil
    }
    self.stamp = LogicalStamp(value: stamp)
    self.digest = Digest(bytes: digest)
    self.text = text
  }

  var bytes: [UInt8] {
    var writer = FieldWriter()
    writer.add(stamp.value)
    writer.add(digest?.bytes ?? [])
    writer.add(text)
    return writer.bytes
  }
}

/// A rule instance that has succeeded: when, and what it was then.
struct RuleRecord: Equatable, Sendable {
  let stamp: LogicalStamp
  /// Of the recipe, the prerequisites' names and what else make's database says of the rule.
  let signature: Digest

  init(stamp: LogicalStamp, signature: Digest) {
    self.stamp = stamp
    self.signature = signature
  }

  init?(_ bytes: [UInt8]) {
    var reader = FieldReader(bytes)
    guard let stamp = reader.number(), let signature = reader.field().flatMap(Digest.init(bytes:)) else {
      return nil
    }
    self.init(stamp: LogicalStamp(value: stamp), signature: signature)
  }

  var bytes: [UInt8] {
    var writer = FieldWriter()
    writer.add(stamp.value)
    writer.add(signature.bytes)
    return writer.bytes
  }
}

/// The beginning of a text, cut to ``Provenance/textLimitBytes`` at a character's end.
enum Excerpt {
  static func text(of content: Content) -> String {
    var text = String(decoding: content.bytes.prefix(Provenance.textLimitBytes), as: UTF8.self)
    // A character that was cut in two reads as a replacement, which is longer than its bytes were.
    while text.utf8.count > Provenance.textLimitBytes { text.removeLast() }
    return text
  }

  /// The last lines of what a recipe printed.
  static func tail(of text: String) -> String {
    let limitBytes = 2048
    let lines = text.split(separator: "\n").suffix(10).joined(separator: "\n")
    return lines.utf8.count <= limitBytes
      ? lines : String(decoding: lines.utf8.suffix(limitBytes), as: UTF8.self)
  }
}
