import FoundationEssentials
public import GroupProtocol
import Model

extension LeaderMessage: WireValue {
  public var wire: WireLeaderMessage {
    var wire = WireLeaderMessage()
    switch self {
    case .welcome(let welcome): wire.welcome = welcome.wire
    case .refused(let reason, let isFinal):
      wire.refused.reason = WireLimit.cut(reason, to: WireLimit.textBytes)
      wire.refused.isFinal = isFinal
    case .acknowledged(let sequence): wire.acknowledged = sequence
    case .answered(let heartbeat, let isSettled):
      wire.answered = heartbeat
      wire.isUnsettled = !isSettled
    case .configure(let configuration): wire.configure = configuration.wire
    case .interest(let interest): wire.interest = interest.wire
    case .readLog(let number, let query):
      wire.readLog.number = number
      wire.readLog.query = query.wire
    case .local(let part, let bundle):
      wire.local.part = part.wire
      if let bundle { wire.local.bundle = bundle.wire }
    }
    return wire
  }

  public init(wire: WireLeaderMessage) throws(WireError) {
    switch wire.kind {
    case .welcome(let welcome): self = .welcome(try .read(welcome, "welcome"))
    case .refused(let refused):
      self = .refused(try Field.text(refused.reason, "refused.reason"), isFinal: refused.isFinal)
    case .acknowledged(let sequence): self = .acknowledged(sequence: try Field.number(sequence, "acknowledged"))
    case .answered(let heartbeat):
      self = .answered(heartbeat: try Field.number(heartbeat, "answered"), isSettled: !wire.isUnsettled)
    case .configure(let configuration): self = .configure(try .read(configuration, "configure"))
    case .interest(let interest): self = .interest(try .read(interest, "interest"))
    case .readLog(let read):
      self = .readLog(
        number: try Field.number(read.number, "read_log.number"),
        try .read(read.query, "read_log.query", if: read.hasQuery))
    case .local(let local):
      self = .local(
        try .read(local.part, "local.part", if: local.hasPart),
        try .readOptional(local.bundle, "local.bundle", if: local.hasBundle))
    case nil: throw WireError(.missing, field: "kind")
    }
  }
}

extension Welcome: WireValue {
  public var wire: WireWelcome {
    var wire = WireWelcome()
    wire.epoch = epoch
    wire.acknowledged = acknowledged
    wire.resend = resend
    wire.holdings = holdings
    wire.timing = timing.wire
    wire.isUnsettled = !isSettled
    return wire
  }

  public init(wire: WireWelcome) throws(WireError) {
    self.init(
      epoch: try Field.number(wire.epoch, "epoch"),
      acknowledged: try Field.number(wire.acknowledged, "acknowledged"), resend: wire.resend,
      holdings: wire.holdings,
      timing: try .read(wire.timing, "timing", if: wire.hasTiming), isSettled: !wire.isUnsettled)
  }
}

extension Timing: WireValue {
  public var wire: WireTiming {
    var wire = WireTiming()
    wire.tickNanoseconds = tick.nanoseconds
    wire.leaseTicks = leaseTicks
    wire.heartbeatNanoseconds = heartbeat.nanoseconds
    wire.fenceNanoseconds = fence.nanoseconds
    wire.stopGraceNanoseconds = stopGrace.nanoseconds
    wire.provenanceTicks = provenanceTicks
    return wire
  }

  public init(wire: WireTiming) throws(WireError) {
    guard (1...WireLimit.leaseTicks).contains(wire.leaseTicks) else {
      throw WireError(
        .invalid("\(wire.leaseTicks) ticks are no length for a lease; expected 1 to \(WireLimit.leaseTicks)"),
        field: "lease_ticks")
    }
    self.init(
      tick: try Field.duration(wire.tickNanoseconds, "tick_nanoseconds"), leaseTicks: wire.leaseTicks,
      heartbeat: try Field.duration(wire.heartbeatNanoseconds, "heartbeat_nanoseconds"),
      fence: try Field.duration(wire.fenceNanoseconds, "fence_nanoseconds"),
      // Logs from before there were these settings do not have them.
      stopGrace: wire.hasStopGraceNanoseconds
        ? try Field.duration(wire.stopGraceNanoseconds, "stop_grace_nanoseconds")
        : Self.standard.stopGrace,
      provenanceTicks: try Field.number(
        wire.provenanceTicks, "provenance_ticks", if: wire.hasProvenanceTicks) ?? Self.standard.provenanceTicks)
  }
}

extension Configuration: WireValue {
  public var wire: WireConfiguration {
    var wire = WireConfiguration()
    wire.stamp = stamp.wire
    wire.seen = seen
    wire.files = files.map(\.wire)
    return wire
  }

  public init(wire: WireConfiguration) throws(WireError) {
    self.init(
      stamp: try .read(wire.stamp, "stamp", if: wire.hasStamp), seen: try Field.number(wire.seen, "seen"),
      files: try File.readList(wire.files, "files", limit: WireLimit.filesOfNode))
  }
}

extension Configuration.File: WireValue {
  public var wire: WireConfiguration.File {
    var wire = WireConfiguration.File()
    wire.file = file.text
    wire.stamp = stamp.wire
    if let content { wire.content = Data(content.bytes) }
    return wire
  }

  public init(wire: WireConfiguration.File) throws(WireError) {
    self.init(
      file: try .read(wire.file, "file"), stamp: try .read(wire.stamp, "stamp", if: wire.hasStamp),
      content: wire.hasContent ? try Field.content(wire.content, "content") : nil)
  }
}
