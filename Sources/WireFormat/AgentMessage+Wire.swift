import FoundationEssentials
public import GroupProtocol
import Model

extension AgentMessage: WireValue {
  public var wire: WireAgentMessage {
    var wire = WireAgentMessage()
    switch self {
    case .hello(let hello): wire.hello = hello.wire
    case .report(let report): wire.report = report.wire
    case .heartbeat(let number): wire.heartbeat = number
    case .applied(let files): wire.applied.files = files.map(\.wire)
    case .processes(let processes): wire.processes.processes = processes.map(\.wire)
    case .interested(let digest): wire.interested = Data(digest.bytes)
    case .log(let number, let result): wire.log = result.wire(number: number)
    case .local(let report): wire.local = report.wire
    case .goodbye: wire.goodbye = WireNothing()
    }
    return wire
  }

  public init(wire: WireAgentMessage) throws(WireError) {
    switch wire.kind {
    case .hello(let hello): self = .hello(try .read(hello, "hello"))
    case .report(let report): self = .report(try .read(report, "report"))
    case .heartbeat(let number): self = .heartbeat(number: try Field.number(number, "heartbeat"))
    case .applied(let files):
      self = .applied(try AppliedFile.readList(files.files, "applied.files", limit: WireLimit.filesOfNode))
    case .processes(let list):
      self = .processes(
        try ProcessReport.readList(list.processes, "processes.processes", limit: WireLimit.processesOfNode))
    case .interested(let digest): self = .interested(try Field.digest(digest, "interested"))
    case .log(let answer):
      self = .log(number: try Field.number(answer.number, "log.number"), try LogResult(wire: answer))
    case .local(let report): self = .local(try .read(report, "local"))
    case .goodbye: self = .goodbye
    case nil: throw WireError(.missing, field: "kind")
    }
  }
}

extension Hello: WireValue {
  public var wire: WireHello {
    var wire = WireHello()
    wire.node = node.text
    wire.instance = WireLimit.cut(instance, to: WireLimit.labelBytes)
    wire.incarnation = incarnation
    wire.stamp = stamp.wire
    wire.applied = applied.map(\.wire)
    wire.version = WireLimit.cut(version, to: WireLimit.labelBytes)
    wire.groups = WireLimit.cut(groups, to: WireLimit.labelBytes)
    wire.interest = Data(interest.bytes)
    if local != .none { wire.local = local.wire }
    return wire
  }

  public init(wire: WireHello) throws(WireError) {
    self.init(
      node: try .read(wire.node, "node"),
      instance: try Field.text(wire.instance, "instance", limit: WireLimit.labelBytes),
      incarnation: try Field.number(wire.incarnation, "incarnation"),
      stamp: try .read(wire.stamp, "stamp", if: wire.hasStamp),
      applied: try AppliedFile.readList(wire.applied, "applied", limit: WireLimit.filesOfNode),
      version: try Field.text(wire.version, "version", limit: WireLimit.labelBytes),
      groups: try Field.text(wire.groups, "groups", limit: WireLimit.labelBytes),
      interest: try Field.digest(wire.interest, "interest"),
      local: try .readOptional(wire.local, "local", if: wire.hasLocal) ?? .none)
  }
}

extension Report: WireValue {
  public var wire: WireReport {
    var wire = WireReport()
    wire.sequence = sequence
    wire.previous = previous
    switch body {
    case .state(let file, let content):
      wire.state.file = file.text
      if let content { wire.state.content = Data(content.bytes) }
    case .stopped(let process, let end, let time):
      wire.stopped.process = process.text
      wire.stopped.end = end.wire
      wire.stopped.timeMilliseconds = time.milliseconds
    case .inForce(let inForce): wire.inForce = inForce.wire
    case .held(let file, let stamp, let content):
      wire.held.file = file.text
      wire.held.stamp = stamp.wire
      wire.held.content = Data(content.bytes)
    }
    return wire
  }

  public init(wire: WireReport) throws(WireError) {
    self.init(
      sequence: try Field.number(wire.sequence, "sequence"),
      previous: try Field.number(wire.previous, "previous"), body: try Self.body(wire))
  }

  private static func body(_ wire: WireReport) throws(WireError) -> Body {
    let limit = WireLimit.fileBytes
    switch wire.body {
    case .state(let state):
      return .state(
        try .read(state.file, "state.file"),
        state.hasContent ? try Field.content(state.content, "state.content", limit: limit) : nil)
    case .stopped(let stopped):
      return .stopped(
        try .read(stopped.process, "stopped.process"),
        try .read(stopped.end, "stopped.end", if: stopped.hasEnd),
        try Field.time(stopped.timeMilliseconds, "stopped.time_milliseconds"))
    case .inForce(let inForce): return .inForce(try .read(inForce, "in_force"))
    case .held(let held):
      return .held(
        try .read(held.file, "held.file"), try .read(held.stamp, "held.stamp", if: held.hasStamp),
        try Field.content(held.content, "held.content", limit: limit))
    case nil: throw WireError(.missing, field: "body")
    }
  }
}

extension InForce: WireValue {
  public var wire: WireInForce {
    var wire = WireInForce()
    wire.processes = processes.map(\.text)
    wire.fenced = fenced.map(\.text)
    return wire
  }

  public init(wire: WireInForce) throws(WireError) {
    self.init(
      processes: try ProcessName.readList(
        wire.processes, "processes", limit: WireLimit.processesOfNode),
      fenced: try ProcessName.readList(wire.fenced, "fenced", limit: WireLimit.processesOfNode))
  }
}

extension AppliedFile: WireValue {
  public var wire: WireAppliedFile {
    var wire = WireAppliedFile()
    wire.file = file.text
    wire.stamp = stamp.wire
    if let digest { wire.digest = Data(digest.bytes) }
    if let problem { wire.problem = WireLimit.cut(problem, to: WireLimit.textBytes) }
    return wire
  }

  public init(wire: WireAppliedFile) throws(WireError) {
    self.init(
      file: try .read(wire.file, "file"), stamp: try .read(wire.stamp, "stamp", if: wire.hasStamp),
      digest: wire.hasDigest ? try Field.digest(wire.digest, "digest") : nil,
      problem: wire.hasProblem ? try Field.text(wire.problem, "problem") : nil)
  }
}

extension ProcessReport.Phase: WireCase {
  var wire: WireProcessReport.Phase {
    switch self {
    case .starting: .starting
    case .running: .running
    case .ready: .ready
    case .backOff: .backOff
    case .stopping: .stopping
    case .stopped: .stopped
    case .failed: .failed
    }
  }
}

extension ProcessReport: WireValue {
  public var wire: WireProcessReport {
    var wire = WireProcessReport()
    wire.name = name.text
    wire.phase = phase.wire
    if let pid { wire.pid = pid }
    wire.starts = starts
    wire.sinceMilliseconds = since.milliseconds
    wire.detail = WireLimit.cut(detail, to: WireLimit.textBytes)
    wire.hastyStarts = UInt32(clamping: hastyStarts)
    return wire
  }

  public init(wire: WireProcessReport) throws(WireError) {
    self.init(
      name: try .read(wire.name, "name"), phase: try .read(wire.phase, "phase"),
      pid: wire.hasPid ? wire.pid : nil, starts: try Field.number(wire.starts, "starts"),
      since: try Field.time(wire.sinceMilliseconds, "since_milliseconds"),
      detail: try Field.text(wire.detail, "detail"), hastyStarts: Int(wire.hastyStarts))
  }
}
