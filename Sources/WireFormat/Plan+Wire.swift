import FoundationEssentials
public import GroupProtocol
import Model

extension Plan: WireValue {
  public var wire: WirePlan {
    var wire = WirePlan()
    wire.policy = Data(policy.bytes)
    if let active { wire.active = Data(active.bytes) }
    wire.changes = changes.map(\.wire)
    wire.problems = problems.map(\.wire)
    wire.diagnostics = diagnostics
    return wire
  }

  public init(wire: WirePlan) throws(WireError) {
    self.init(
      policy: try Field.digest(wire.policy, "policy"),
      active: wire.hasActive ? try Field.digest(wire.active, "active") : nil,
      changes: try Change.readList(wire.changes, "changes"),
      problems: try RuleProblem.readList(wire.problems, "problems"), diagnostics: wire.diagnostics)
  }
}

extension Plan.Change: WireValue {
  public var wire: WirePlan.Change {
    var wire = WirePlan.Change()
    wire.path = path.text
    if let old { wire.old = Data(old.bytes) }
    if let new { wire.new = Data(new.bytes) }
    return wire
  }

  public init(wire: WirePlan.Change) throws(WireError) {
    self.init(
      path: try .read(wire.path, "path"), old: wire.hasOld ? try Field.content(wire.old, "old") : nil,
      new: wire.hasNew ? try Field.content(wire.new, "new") : nil)
  }
}

extension PolicyRecord: WireValue {
  public var wire: WirePolicyRecord {
    var wire = WirePolicyRecord()
    wire.policy = Data(policy.bytes)
    wire.index = index
    wire.timeMilliseconds = time.milliseconds
    wire.author = WireLimit.cut(author, to: WireLimit.labelBytes)
    wire.isActive = isActive
    return wire
  }

  public init(wire: WirePolicyRecord) throws(WireError) {
    self.init(
      policy: try Field.digest(wire.policy, "policy"), index: try Field.number(wire.index, "index"),
      time: try Field.time(wire.timeMilliseconds, "time_milliseconds"), author: wire.author,
      isActive: wire.isActive)
  }
}
