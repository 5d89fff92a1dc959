import GroupProtocol
import Model

extension StatusView {
  public var json: JSON {
    .document(
      kind: "status",
      [
        "time": JSON(report.time),
        "leader": [
          "epoch": JSON(number: report.epoch), "index": JSON(number: report.index),
          "tick": JSON(number: report.tick),
          "rounds": JSON(number: report.rounds), "lastRound": JSON(number: report.lastRound),
          "isRoundRunning": .bool(report.isRoundRunning),
        ],
        "timing": [
          "tickMilliseconds": JSON(number: report.timing.tick.milliseconds),
          "leaseTicks": JSON(number: report.timing.leaseTicks),
          "heartbeatMilliseconds": JSON(number: report.timing.heartbeat.milliseconds),
          "fenceMilliseconds": JSON(number: report.timing.fence.milliseconds),
          "stopGraceMilliseconds": JSON(number: report.timing.stopGrace.milliseconds),
          "onIsolation": .string(Isolation.rule),
        ],
        "policy": report.policy?.json ?? .null,
        "nodes": .array(report.nodes.map(\.json)),
        "problems": .array(report.problems.map(\.json)),
        "files": .array(report.files.map { $0.json(epoch: report.epoch) }),
      ])
  }
}

extension StatusReport.Node {
  var json: JSON {
    [
      "name": JSON(name), "phase": .string(phase.rawValue), "incarnation": JSON(number: incarnation),
      "isConnected": .bool(isConnected), "agentVersion": .string(agentVersion),
      "controlGroups": .string(groups),
      "leaseTicksLeft": JSON(number: leaseTicksLeft),
      "outdatedFiles": JSON(number: outdatedFiles),
      "problems": .array(
        problems.map { ["file": JSON($0.file), "stamp": JSON($0.stamp), "problem": JSON($0.problem)] }),
      "processes": .array(processes.map(\.json)),
    ]
  }
}

extension ProcessReport {
  var json: JSON {
    [
      "name": JSON(name), "phase": .string(phase.rawValue), "pid": JSON(number: pid),
      "starts": JSON(number: starts), "since": JSON(since), "detail": .string(detail),
      "hastyStarts": JSON(number: hastyStarts),
    ]
  }
}

extension StatusReport.File {
  /// The content is text; where the file is binary, what is not UTF-8 is replaced and `isText` is false.
  func json(epoch: UInt64) -> JSON {
    [
      "path": JSON(path), "stamp": JSON(Stamp(epoch: epoch, index: index)),
      "digest": .string(content.digest.hex),
      "isText": .bool(content.isText), "content": .string(content.text),
    ]
  }
}

extension RuleProblem {
  var json: JSON {
    [
      "kind": .string(kind.rawValue), "file": JSON(place?.file), "line": JSON(number: place?.line),
      "target": .string(target), "message": .string(message), "attempts": JSON(number: attempts),
      "retryAtTick": JSON(number: retryAt), "isQuarantined": .bool(kind.isQuarantine),
      "details": .array(
        details.map {
          ["reference": .string($0.reference), "texts": .array($0.texts.map { JSON($0) })]
        }),
    ]
  }
}

extension PolicyRecord {
  var json: JSON {
    [
      "policy": .string(policy.hex), "index": JSON(number: index), "time": JSON(time),
      "author": .string(author),
      "isActive": .bool(isActive),
    ]
  }
}

extension Content {
  /// Whether a person can read it: UTF-8 without a NUL, which `diff` too takes for a binary file.
  var isText: Bool { !bytes.contains(0) && String(validating: bytes, as: UTF8.self) != nil }
}
