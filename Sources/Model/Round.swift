/// A line of a user's file, as make's own messages name it.
public struct SourcePlace: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// Relative to the bundle.
  public let file: String
  /// From 1.
  public let line: Int
  public init(file: String, line: Int) {
    self.file = file
    self.line = line
  }
  public static func < (left: Self, right: Self) -> Bool { (left.file, left.line) < (right.file, right.line) }
  public var description: String { "\(file):\(line)" }
}

/// One value of a file that a policy reads or writes: the whole file, or `FILE{tag}`.
public struct ValueReference: Hashable, Comparable, Sendable, CustomStringConvertible {
  public let path: TreePath
  public let tag: String?
  public init(_ path: TreePath, tag: String? = nil) {
    self.path = path
    self.tag = tag
  }
  public static func < (left: Self, right: Self) -> Bool {
    (left.path, left.tag ?? "") < (right.path, right.tag ?? "")
  }
  public var description: String { tag.map { "\(path){\($0)}" } ?? path.text }

  /// The reference of a ``description``: `FILE`, or `FILE{tag}`.
  public init(_ text: String) throws(NameError) {
    guard text.hasSuffix("}"), let brace = text.firstIndex(of: "{") else {
      self.init(try TreePath(text))
      return
    }
    let tag = text[text.index(after: brace)...].dropLast()
    if tag.isEmpty {
      throw NameError("`\(Names.visible(text))` has an empty tag; expected FILE{tag}, or FILE alone")
    }
    self.init(try TreePath(String(text[..<brace])), tag: String(tag))
  }
}

/// What the make wrapper is asked: run the policy over the tree as it is at `index`, to its fixed point.
public struct RoundRequest: Equatable, Sendable, CustomStringConvertible {
  /// The position in the log at which the round begins. The round's inputs are those of the tree at it; inputs
  /// that changed are stamped 2·index for make, outputs 2·index+1 (and later passes finer).
  public let index: LogIndex
  public let tick: Tick
  public let policy: Digest
  /// The nodes that are present, in order: joined and not lost.
  public let members: [NodeName]
  /// Outside inputs that changed since the last round: states, events, membership.
  public let changed: SortedSet<TreePath>
  public let tree: Tree
  public let events: [Event]
  public let memory: WrapperMemory
  /// Targets, as problems show them, whose rules an operator lets run again although they are quarantined.
  public let lifted: SortedSet<String>
  /// Files that `[local]` rules made before this round, and that nodes held when the log was lost. One that no rule
  /// makes has lost its owner.
  public let leftover: SortedSet<TreePath>

  public init(
    index: LogIndex, tick: Tick, policy: Digest, members: [NodeName], changed: SortedSet<TreePath>, tree: Tree,
    events: [Event], memory: WrapperMemory, lifted: SortedSet<String> = [], leftover: SortedSet<TreePath> = []
  ) {
    self.index = index
    self.tick = tick
    self.policy = policy
    self.members = members
    self.changed = changed
    self.tree = tree
    self.events = events
    self.memory = memory
    self.lifted = lifted
    self.leftover = leftover
  }

  public var description: String {
    "round \(index) policy \(policy) members [\(members.map(\.text).joined(separator: " "))] changed [\(changed.map(\.text).joined(separator: " "))]"
      + (lifted.isEmpty ? "" : " lifted [\(lifted.elements.joined(separator: " "))]")
  }
}

/// What the make wrapper must remember from round to round beside the tree: logical time stamps of make's files,
/// values that rules assigned, back-offs. The leader's core stores it, logs its changes and puts it into snapshots
/// without looking inside, so that a restarted leader continues as if it had never stopped.
public typealias WrapperMemory = SortedMap<String, [UInt8]>

/// A change of one entry of the ``WrapperMemory``; no value removes it.
public struct MemoryChange: Equatable, Sendable {
  public let key: String
  public let value: [UInt8]?
  public init(key: String, value: [UInt8]?) {
    self.key = key
    self.value = value
  }
}

/// What a round decided. It is an entry of the log: recovery applies it and runs nothing.
public struct RoundResult: Equatable, Sendable {
  /// The request's.
  public let index: LogIndex
  /// Outputs that changed, came or (no content) lost their owner.
  public let changes: [TreeChange]
  /// Event occurrences whose dependent rules have all succeeded, or that nothing depends on.
  public let handled: [EventIdentity]
  /// All problems that stand after this round, old ones included, in the order of their targets.
  public let problems: [RuleProblem]
  public let provenance: [Provenance]
  public let memory: [MemoryChange]
  /// Nil where it is what it was.
  public let interest: Interest?
  public let passes: Int
  /// The files that `[local]` rules make, by their nodes; nil where that is what it was.
  public let local: SortedMap<NodeName, SortedSet<NodeFile>>?
  /// Files in nodes' folders which rules are to make that have not succeeded yet: what stands in the tree in their
  /// place, if anything, is not what the policy wants there. Empty as long as no rule has failed.
  public let undecided: SortedSet<TreePath>

  public init(
    index: LogIndex, changes: [TreeChange], handled: [EventIdentity], problems: [RuleProblem],
    provenance: [Provenance], memory: [MemoryChange], interest: Interest?, passes: Int,
    local: SortedMap<NodeName, SortedSet<NodeFile>>? = nil, undecided: SortedSet<TreePath> = []
  ) {
    self.index = index
    self.changes = changes
    self.handled = handled
    self.problems = problems
    self.provenance = provenance
    self.memory = memory
    self.interest = interest
    self.passes = passes
    self.local = local
    self.undecided = undecided
  }
}

extension RoundResult: CustomStringConvertible {
  public var description: String {
    "result of round \(index): [\(changes.map(\.description).joined(separator: ", "))] handled [\(handled.map(\.description).joined(separator: " "))] problems \(problems.count)"
  }
}
