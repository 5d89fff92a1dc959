import GroupProtocol
import Model

/// Values that the views are tested with, names and texts of hostile applications among them.
enum Sample {
  static func node(_ text: String) throws -> NodeName { try NodeName(text) }
  static let time = WallTime(milliseconds: 1_401_624_000_000)
  static let policy = Digest(of: Array("a policy".utf8))
  static let earlier = Digest(of: Array("an earlier policy".utf8))

  static func earlier(seconds: Int64) -> WallTime {
    WallTime(milliseconds: time.milliseconds - seconds * 1000)
  }

  static func process(
    _ name: String, _ phase: ProcessReport.Phase, pid: Int32?, starts: UInt64 = 1, age: Int64,
    detail: String = ""
  ) throws -> ProcessReport {
    ProcessReport(
      name: try ProcessName(name), phase: phase, pid: pid, starts: starts, since: earlier(seconds: age),
      detail: detail)
  }

  static func nodes() throws -> [StatusReport.Node] {
    [
      StatusReport.Node(
        name: try node("n1"), phase: .present, incarnation: 3, isConnected: true,
        agentVersion: "1.2\u{1b}", groups: "control groups with cpu memory pids", leaseTicksLeft: 14,
        outdatedFiles: 0, problems: [],
        processes: [
          try process("haproxy", .running, pid: 4711, age: 192),
          try process("web", .backOff, pid: nil, starts: 7, age: 2, detail: "exit 1\u{1b}[2J\nforged line"),
        ]),
      StatusReport.Node(
        name: try node("n2"), phase: .present, incarnation: 1, isConnected: false, leaseTicksLeft: 3,
        outdatedFiles: 2,
        problems: [
          AppliedFile(
            file: .config, stamp: Stamp(epoch: 1, index: 80), digest: policy,
            problem: "line 3: element `proces` is not known")
        ], processes: [try process("web", .running, pid: 815, age: 190_000)]),
      StatusReport.Node(
        name: try node("n3"), phase: .lost, incarnation: 2, isConnected: false, leaseTicksLeft: 0,
        outdatedFiles: 0, problems: [], processes: []),
    ]
  }

  static func report(
    nodes: [StatusReport.Node], problems: [RuleProblem] = [], files: [StatusReport.File] = [],
    lastRound: LogIndex = 810, activation: LogIndex = 12
  ) -> StatusReport {
    StatusReport(
      epoch: 1, index: 812, tick: 300, timing: .standard, time: time,
      policy: record(policy, activation, active: true),
      lastRound: lastRound, rounds: 37, isRoundRunning: false, nodes: nodes, problems: problems, files: files)
  }

  static func record(_ policy: Digest, _ index: LogIndex, active: Bool) -> PolicyRecord {
    PolicyRecord(
      policy: policy, index: index, time: earlier(seconds: 4000), author: "ken@example\u{7}", isActive: active)
  }

  static let problems = [
    RuleProblem(
      kind: .failed, place: SourcePlace(file: "DMakefile", line: 12), target: "n1/haproxy/haproxy.cfg",
      message: "sed: can't read haproxy.cfg.in\n\u{1b}]0;title\u{7}exit 2\n", attempts: 3, retryAt: 308),
    RuleProblem(
      kind: .oscillation, place: nil, target: "n2/web/config.xml{rate}", message: "1 and 2 alternate",
      attempts: 1, retryAt: nil,
      details: [.init(reference: "n2/web/config.xml{rate}", texts: ["1\n", "\"2\u{1b}[8m", nil])]),
    RuleProblem(
      kind: .undeclared, place: SourcePlace(file: "DMakefile", line: 4), target: "n2/web/config.xml{rate}",
      message: "the recipe wrote `stray`, which it does not declare", attempts: 1, retryAt: nil),
  ]

  static func files() throws -> [StatusReport.File] {
    [
      StatusReport.File(
        path: try TreePath("n1/web/config.xml"), index: 77,
        content: Content("<config>\n  <greeting>hi\u{1b}[31m</greeting>\n</config>\n")),
      StatusReport.File(path: try TreePath("n1/web/web.py"), index: 12, content: Content([0xff, 0xfe, 0x00])),
    ]
  }
}
