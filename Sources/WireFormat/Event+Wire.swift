public import Model

extension Stamp: WireValue {
  public var wire: WireStamp {
    var wire = WireStamp()
    wire.epoch = epoch
    wire.index = index
    return wire
  }

  public init(wire: WireStamp) throws(WireError) {
    self.init(epoch: try Field.number(wire.epoch, "epoch"), index: try Field.number(wire.index, "index"))
  }
}

extension EventIdentity: WireValue {
  public var wire: WireEventIdentity {
    var wire = WireEventIdentity()
    wire.node = node.text
    wire.incarnation = incarnation
    wire.sequence = sequence
    return wire
  }

  public init(wire: WireEventIdentity) throws(WireError) {
    self.init(
      node: try .read(wire.node, "node"), incarnation: try Field.number(wire.incarnation, "incarnation"),
      // Only compared: the top bit says whose number it is.
      sequence: wire.sequence)
  }
}

extension LostProcess: WireValue {
  public var wire: WireLostProcess {
    var wire = WireLostProcess()
    wire.name = name.text
    wire.surelyStopped = surelyStopped
    return wire
  }

  public init(wire: WireLostProcess) throws(WireError) {
    self.init(name: try .read(wire.name, "name"), surelyStopped: wire.surelyStopped)
  }
}

extension ProcessEnd: WireValue {
  public var wire: WireProcessEnd {
    var wire = WireProcessEnd()
    switch self {
    case .exited(let code): wire.exited = code
    case .signalled(let signal): wire.signalled = signal
    case .outOfMemory: wire.outOfMemory = WireNothing()
    case .unknown: wire.unknown = WireNothing()
    case .notStarted(let reason): wire.notStarted = WireLimit.cut(reason, to: WireLimit.textBytes)
    case .unhealthy(let reason): wire.unhealthy = WireLimit.cut(reason, to: WireLimit.textBytes)
    }
    return wire
  }

  public init(wire: WireProcessEnd) throws(WireError) {
    switch wire.end {
    case .exited(let code): self = .exited(code: code)
    case .signalled(let signal): self = .signalled(signal)
    case .outOfMemory: self = .outOfMemory
    case .unknown: self = .unknown
    case .notStarted(let reason): self = .notStarted(try Field.text(reason, "not_started"))
    case .unhealthy(let reason): self = .unhealthy(try Field.text(reason, "unhealthy"))
    case nil: throw WireError(.missing, field: "end")
    }
  }
}

extension Event: WireValue {
  public var wire: WireEvent {
    var wire = WireEvent()
    wire.identity = identity.wire
    wire.timeMilliseconds = time.milliseconds
    switch kind {
    case .newNode: wire.newNode = WireNothing()
    case .failNode(let processes): wire.failNode.processes = processes.map(\.wire)
    case .stopProc(let process, let end):
      wire.stopProc.process = process.text
      wire.stopProc.end = end.wire
    }
    return wire
  }

  public init(wire: WireEvent) throws(WireError) {
    self.init(
      identity: try .read(wire.identity, "identity", if: wire.hasIdentity), kind: try Self.kind(wire),
      time: try Field.time(wire.timeMilliseconds, "time_milliseconds"))
  }

  private static func kind(_ wire: WireEvent) throws(WireError) -> Kind {
    switch wire.kind {
    case .newNode: return .newNode
    case .failNode(let lost): return .failNode(try LostProcess.readList(lost.processes, "fail_node.processes"))
    case .stopProc(let stopped):
      return .stopProc(
        try .read(stopped.process, "stop_proc.process"),
        try .read(stopped.end, "stop_proc.end", if: stopped.hasEnd))
    case nil: throw WireError(.missing, field: "kind")
    }
  }
}
