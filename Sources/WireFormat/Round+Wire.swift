import FoundationEssentials
public import Model

extension SourcePlace: WireValue {
  public var wire: WireSourcePlace {
    var wire = WireSourcePlace()
    wire.file = file
    wire.line = Int64(line)
    return wire
  }

  public init(wire: WireSourcePlace) throws(WireError) {
    self.init(file: wire.file, line: try Field.count(wire.line, "line"))
  }
}

extension Interest: WireValue {
  public var wire: WireInterest {
    var wire = WireInterest()
    wire.paths = paths.map(\.text)
    wire.isEverything = isEverything
    return wire
  }

  public init(wire: WireInterest) throws(WireError) {
    self.init(
      paths: SortedSet(try TreePath.readList(wire.paths, "paths")), isEverything: wire.isEverything)
  }
}

extension MemoryChange: WireValue {
  public var wire: WireMemoryChange {
    var wire = WireMemoryChange()
    wire.key = key
    if let value { wire.value = Data(value) }
    return wire
  }

  public init(wire: WireMemoryChange) {
    self.init(key: wire.key, value: wire.hasValue ? Array(wire.value) : nil)
  }
}

extension RoundResult: WireValue {
  public var wire: WireRoundResult {
    var wire = WireRoundResult()
    wire.index = index
    wire.changes = changes.map(\.wire)
    wire.handled = handled.map(\.wire)
    wire.problems = problems.map(\.wire)
    wire.provenance = provenance.map(\.wire)
    wire.memory = memory.map(\.wire)
    if let interest { wire.interest = interest.wire }
    wire.passes = Int64(passes)
    return wire
  }

  public init(wire: WireRoundResult) throws(WireError) {
    self.init(
      index: wire.index, changes: try TreeChange.readList(wire.changes, "changes"),
      handled: try EventIdentity.readList(wire.handled, "handled"),
      problems: try RuleProblem.readList(wire.problems, "problems"),
      provenance: try Provenance.readList(wire.provenance, "provenance"),
      memory: try MemoryChange.readList(wire.memory, "memory"),
      interest: try .readOptional(wire.interest, "interest", if: wire.hasInterest),
      passes: try Field.count(wire.passes, "passes"))
  }
}
