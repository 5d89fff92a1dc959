import FoundationEssentials
public import GroupProtocol
import Model

extension StatusReport: WireValue {
  public var wire: WireStatusReport {
    var wire = WireStatusReport()
    wire.epoch = epoch
    wire.index = index
    wire.tick = tick
    wire.timing = timing.wire
    wire.timeMilliseconds = time.milliseconds
    if let policy { wire.policy = policy.wire }
    wire.lastRound = lastRound
    wire.rounds = rounds
    wire.isRoundRunning = isRoundRunning
    wire.nodes = nodes.map(\.wire)
    wire.problems = problems.map(\.wire)
    wire.files = files.map(\.wire)
    return wire
  }

  public init(wire: WireStatusReport) throws(WireError) {
    self.init(
      epoch: try Field.number(wire.epoch, "epoch"), index: try Field.number(wire.index, "index"),
      tick: try Field.number(wire.tick, "tick"),
      timing: try .read(wire.timing, "timing", if: wire.hasTiming),
      time: try Field.time(wire.timeMilliseconds, "time_milliseconds"),
      policy: try .readOptional(wire.policy, "policy", if: wire.hasPolicy),
      lastRound: try Field.number(wire.lastRound, "last_round"),
      rounds: try Field.number(wire.rounds, "rounds"), isRoundRunning: wire.isRoundRunning,
      nodes: try Node.readList(wire.nodes, "nodes"),
      problems: try RuleProblem.readList(wire.problems, "problems"),
      files: try File.readList(wire.files, "files"))
  }
}

extension NodePhase: WireCase {
  var wire: WireStatusReport.Node.Phase {
    switch self {
    case .present: .present
    case .lost: .lost
    }
  }
}

extension StatusReport.Node: WireValue {
  public var wire: WireStatusReport.Node {
    var wire = WireStatusReport.Node()
    wire.name = name.text
    wire.phase = phase.wire
    wire.incarnation = incarnation
    wire.isConnected = isConnected
    wire.agentVersion = agentVersion
    wire.groups = groups
    wire.leaseTicksLeft = leaseTicksLeft
    wire.outdatedFiles = Int64(outdatedFiles)
    wire.problems = problems.map(\.wire)
    wire.processes = processes.map(\.wire)
    return wire
  }

  public init(wire: WireStatusReport.Node) throws(WireError) {
    self.init(
      name: try .read(wire.name, "name"), phase: try .read(wire.phase, "phase"),
      incarnation: try Field.number(wire.incarnation, "incarnation"),
      isConnected: wire.isConnected, agentVersion: wire.agentVersion, groups: wire.groups,
      leaseTicksLeft: try Field.number(
        wire.leaseTicksLeft, "lease_ticks_left", below: WireLimit.leaseTicks + 1),
      outdatedFiles: try Field.count(wire.outdatedFiles, "outdated_files"),
      problems: try AppliedFile.readList(wire.problems, "problems"),
      processes: try ProcessReport.readList(wire.processes, "processes"))
  }
}

extension StatusReport.File: WireValue {
  public var wire: WireTreeFile {
    var wire = WireTreeFile()
    wire.path = path.text
    wire.content = Data(content.bytes)
    wire.index = index
    return wire
  }

  public init(wire: WireTreeFile) throws(WireError) {
    self.init(
      path: try .read(wire.path, "path"), index: try Field.number(wire.index, "index"),
      content: try Field.content(wire.content, "content"))
  }
}
