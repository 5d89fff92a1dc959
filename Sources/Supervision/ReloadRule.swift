import Model

/// What a process needs when its files have changed.
public enum Reload: Hashable, Sendable {
  case none
  case signal(Signal)
  case restart
}

/// What a process needs when a part of one of its files has changed, where that is not what it needs otherwise.
public struct ReloadRule: Hashable, Sendable {
  /// The file's name in the process's folder.
  public let file: String
  /// A location path in an XML file; nil: what no other rule of the file names.
  public let tag: String?
  public let need: Reload

  public init(file: String, tag: String?, need: Reload) {
    self.file = file
    self.tag = tag
    self.need = need
  }
}

/// What has changed in a file.
public struct FileChange: Equatable, Sendable {
  public let file: String
  /// Of the location paths that rules name those whose values changed.
  public let tags: SortedSet<String>
  /// Whether something else changed.
  public let hasRest: Bool

  public init(file: String, tags: SortedSet<String>, hasRest: Bool) {
    self.file = file
    self.tags = tags
    self.hasRest = hasRest
  }
}

/// What changes together need: the least that is enough for all of them.
public struct ReloadNeed: Equatable, Sendable {
  public static let nothing = ReloadNeed()

  /// A new start reads everything anew, so that no signal is needed beside it.
  public private(set) var isRestart = false
  /// Each once, in the order in which they were first needed.
  public private(set) var signals: [Signal] = []

  public init() {}

  public var isNothing: Bool { !isRestart && signals.isEmpty }

  public mutating func add(_ reload: Reload) {
    switch reload {
    case .none: break
    case .signal(let signal): if !isRestart, !signals.contains(signal) { signals.append(signal) }
    case .restart:
      isRestart = true
      signals = []
    }
  }

  public mutating func add(_ other: ReloadNeed) {
    if other.isRestart { add(.restart) }
    for signal in other.signals { add(.signal(signal)) }
  }
}

extension ProcessConfiguration {
  /// The location paths in a file for which there are rules.
  public func reloadTags(of file: String) -> SortedSet<String> {
    SortedSet(reloadRules.compactMap { $0.file == file ? $0.tag : nil })
  }

  /// What a change needs.
  public func need(after change: FileChange) -> ReloadNeed {
    var need = ReloadNeed()
    let rules = reloadRules.filter { $0.file == change.file }
    for rule in rules {
      if let tag = rule.tag, change.tags.contains(tag) { need.add(rule.need) }
    }
    if change.hasRest { need.add(rules.first { $0.tag == nil }?.need ?? reload) }
    return need
  }
}
