public import GroupProtocol
import Model

extension LogEntry: WireValue {
  public var wire: WireLogEntry {
    var wire = WireLogEntry()
    switch self {
    case .opened(let epoch, let timing, let time):
      wire.opened.epoch = epoch
      wire.opened.timing = timing.wire
      wire.opened.timeMilliseconds = time.milliseconds
    case .tick(let renewed, let time):
      wire.tick.renewed = renewed.map(\.text)
      wire.tick.timeMilliseconds = time.milliseconds
    case .joined(let admission): wire.joined = admission.wire
    case .reported(let node, let incarnation, let report):
      wire.reported.node = node.text
      wire.reported.incarnation = incarnation
      wire.reported.report = report.wire
    case .left(let node, let incarnation, let time):
      wire.left.node = node.text
      wire.left.incarnation = incarnation
      wire.left.timeMilliseconds = time.milliseconds
    case .activated(let activation): wire.activated = activation.wire
    case .lifted(let lift): wire.lifted = lift.wire
    case .finished(let result): wire.finished = result.wire
    }
    return wire
  }

  public init(wire: WireLogEntry) throws(WireError) {
    switch wire.kind {
    case .opened(let opened):
      self = .opened(
        epoch: opened.epoch, timing: try .read(opened.timing, "opened.timing", if: opened.hasTiming),
        time: try Field.time(opened.timeMilliseconds, "opened.time_milliseconds"))
    case .tick(let tick):
      self = .tick(
        renewed: try NodeName.readList(tick.renewed, "tick.renewed"),
        time: try Field.time(tick.timeMilliseconds, "tick.time_milliseconds"))
    case .joined(let admission): self = .joined(try .read(admission, "joined"))
    case .reported(let reported):
      self = .reported(
        try .read(reported.node, "reported.node"), incarnation: reported.incarnation,
        try .read(reported.report, "reported.report", if: reported.hasReport))
    case .left(let left):
      self = .left(
        try .read(left.node, "left.node"), incarnation: left.incarnation,
        time: try Field.time(left.timeMilliseconds, "left.time_milliseconds"))
    case .activated(let activation): self = .activated(try .read(activation, "activated"))
    case .lifted(let lift): self = .lifted(try .read(lift, "lifted"))
    case .finished(let result): self = .finished(try .read(result, "finished"))
    case nil: throw WireError(.missing, field: "kind")
    }
  }
}

extension Admission: WireValue {
  public var wire: WireAdmission {
    var wire = WireAdmission()
    wire.node = node.text
    wire.instance = WireLimit.cut(instance, to: WireLimit.labelBytes)
    wire.incarnation = incarnation
    wire.timeMilliseconds = time.milliseconds
    return wire
  }

  public init(wire: WireAdmission) throws(WireError) {
    self.init(
      node: try .read(wire.node, "node"),
      instance: try Field.text(wire.instance, "instance", limit: WireLimit.labelBytes),
      incarnation: wire.incarnation, time: try Field.time(wire.timeMilliseconds, "time_milliseconds"))
  }
}

extension Lift: WireValue {
  public var wire: WireLift {
    var wire = WireLift()
    wire.targets = targets
    wire.timeMilliseconds = time.milliseconds
    wire.author = WireLimit.cut(author, to: WireLimit.labelBytes)
    return wire
  }

  public init(wire: WireLift) throws(WireError) {
    self.init(
      targets: wire.targets, time: try Field.time(wire.timeMilliseconds, "time_milliseconds"),
      author: try Field.text(wire.author, "author", limit: WireLimit.labelBytes))
  }
}

extension Activation: WireValue {
  public var wire: WireActivation {
    var wire = WireActivation()
    wire.bundle = bundle.wire
    wire.timeMilliseconds = time.milliseconds
    wire.author = WireLimit.cut(author, to: WireLimit.labelBytes)
    return wire
  }

  public init(wire: WireActivation) throws(WireError) {
    self.init(
      bundle: try .read(wire.bundle, "bundle", if: wire.hasBundle),
      time: try Field.time(wire.timeMilliseconds, "time_milliseconds"),
      author: try Field.text(wire.author, "author", limit: WireLimit.labelBytes))
  }
}
