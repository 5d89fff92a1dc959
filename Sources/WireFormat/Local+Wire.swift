import FoundationEssentials
public import GroupProtocol
import Model

extension LocalReport: WireValue {
  public var wire: WireLocalReport {
    var wire = WireLocalReport()
    wire.part = Data(part.bytes)
    if let policy { wire.policy = Data(policy.bytes) }
    wire.problems = problems.prefix(WireLimit.problemsOfNode).map { $0.cut.wire }
    if let tick { wire.tick = tick }
    return wire
  }

  public init(wire: WireLocalReport) throws(WireError) {
    self.init(
      part: try Field.digest(wire.part, "part"),
      policy: wire.hasPolicy ? try Field.digest(wire.policy, "policy") : nil,
      problems: try Self.problems(wire.problems), tick: try Field.number(wire.tick, "tick", if: wire.hasTick))
  }

  /// What a node says is limited: its leader keeps it as long as the node is linked.
  private static func problems(_ list: [WireRuleProblem]) throws(WireError) -> [RuleProblem] {
    let problems = try RuleProblem.readList(list, "problems", limit: WireLimit.problemsOfNode)
    for (position, problem) in problems.enumerated() {
      for text in [problem.target, problem.message, problem.place?.file ?? ""] {
        _ = try Field.text(text, "problems[\(position)]")
      }
    }
    return problems
  }
}

extension RuleProblem {
  /// Without details, which stay on the node, and with a message of a limited length.
  fileprivate var cut: RuleProblem {
    RuleProblem(
      kind: kind, place: place, target: target, message: WireLimit.cut(message, to: WireLimit.textBytes),
      attempts: attempts, retryAt: retryAt)
  }
}

extension LocalPart: WireValue {
  public var wire: WireLocalPart {
    var wire = WireLocalPart()
    if let policy { wire.policy = Data(policy.bytes) }
    wire.since = since.wire
    wire.files = files.map(\.text)
    return wire
  }

  public init(wire: WireLocalPart) throws(WireError) {
    self.init(
      policy: wire.hasPolicy ? try Field.digest(wire.policy, "policy") : nil,
      since: try .read(wire.since, "since", if: wire.hasSince),
      files: SortedSet(try NodeFile.readList(wire.files, "files", limit: WireLimit.filesOfNode)))
  }
}

extension LocalRecord: WireValue {
  public var wire: WireLocalRecord {
    var wire = WireLocalRecord()
    wire.part = part.wire
    wire.index = index
    wire.tick = tick
    wire.owned = owned.map(\.text)
    wire.pending = pending.map(\.wire)
    wire.memory = memory.map { MemoryChange(key: $0, value: $1).wire }
    wire.events = events.map(\.wire)
    return wire
  }

  public init(wire: WireLocalRecord) throws(WireError) {
    self.init()
    part = try .read(wire.part, "part", if: wire.hasPart)
    index = try Field.number(wire.index, "index")
    tick = try Field.number(wire.tick, "tick")
    owned = SortedSet(try NodeFile.readList(wire.owned, "owned"))
    pending = try Configuration.File.readList(wire.pending, "pending")
    for change in wire.memory { memory[change.key] = MemoryChange(wire: change).value }
    events = try Event.readList(wire.events, "events")
  }
}
