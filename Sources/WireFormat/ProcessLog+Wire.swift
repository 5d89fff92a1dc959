import FoundationEssentials
public import Model

extension LogPlace: WireValue {
  public var wire: WireLogPlace {
    var wire = WireLogPlace()
    wire.file = file
    wire.offset = offset
    wire.mark = mark
    return wire
  }

  public init(wire: WireLogPlace) throws(WireError) {
    // Only compared with what the file system says: an inode may be any number.
    self.init(file: wire.file, offset: wire.offset, mark: wire.mark)
  }
}

extension LogQuery: WireValue {
  public var wire: WireLogQuery {
    var wire = WireLogQuery()
    wire.process = process.text
    wire.lines = UInt32(clamping: lines)
    if let from { wire.from = from.wire }
    return wire
  }

  public init(wire: WireLogQuery) throws(WireError) {
    try Field.checkCount(Int(wire.lines), "lines", limit: Self.lineLimit)
    self.init(
      process: try .read(wire.process, "process"), lines: Int(wire.lines),
      from: try .readOptional(wire.from, "from", if: wire.hasFrom))
  }
}

extension LogChunk: WireValue {
  public var wire: WireLogChunk {
    var wire = WireLogChunk()
    wire.text = Data(bytes)
    wire.next = next.wire
    wire.isAtEnd = isAtEnd
    wire.hasGap_p = hasGap
    return wire
  }

  public init(wire: WireLogChunk) throws(WireError) {
    try Field.checkCount(wire.text.count, "text", limit: Self.limitBytes)
    self.init(
      bytes: Array(wire.text), next: try .read(wire.next, "next", if: wire.hasNext), isAtEnd: wire.isAtEnd,
      hasGap: wire.hasGap_p)
  }
}

extension LogResult {
  func wire(number: UInt64) -> WireLogAnswer {
    var wire = WireLogAnswer()
    wire.number = number
    switch self {
    case .chunk(let chunk): wire.chunk = chunk.wire
    case .noOutput: wire.noOutput = WireNothing()
    case .noProcess: wire.noProcess = WireNothing()
    case .failed(let reason): wire.failed = WireLimit.cut(reason, to: WireLimit.textBytes)
    }
    return wire
  }

  init(wire: WireLogAnswer) throws(WireError) {
    switch wire.result {
    case .chunk(let chunk): self = .chunk(try .read(chunk, "log.chunk"))
    case .noOutput: self = .noOutput
    case .noProcess: self = .noProcess
    case .failed(let reason): self = .failed(try Field.text(reason, "log.failed"))
    case nil: throw WireError(.missing, field: "log.result")
    }
  }
}
