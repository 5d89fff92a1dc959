import GroupProtocol
import Model

/// What messages weigh in queues and batches: their contents and texts, and a flat sum for the rest. Near enough to
/// the bytes on the wire, and does not cost an encoding.
enum MessageSize {
  static let flatBytes = 64

  static func of(_ message: AgentMessage) -> Int {
    switch message {
    case .hello(let hello): flatBytes + hello.applied.reduce(0) { $0 + size($1) }
    case .report(let report): flatBytes + size(report.body)
    case .heartbeat, .interested, .goodbye: flatBytes
    case .log(_, .chunk(let chunk)): flatBytes + chunk.bytes.count
    case .log(_, .failed(let reason)): flatBytes + reason.utf8.count
    case .log: flatBytes
    case .applied(let files): flatBytes + files.reduce(0) { $0 + size($1) }
    case .local(let report): flatBytes + report.problems.reduce(0) { $0 + flatBytes + $1.message.utf8.count }
    case .processes(let reports): flatBytes + reports.reduce(0) { $0 + flatBytes + $1.detail.utf8.count }
    }
  }

  static func of(_ message: LeaderMessage) -> Int {
    switch message {
    case .welcome, .acknowledged, .answered, .readLog: flatBytes
    case .refused(let reason, _): flatBytes + reason.utf8.count
    case .configure(let configuration):
      flatBytes + configuration.files.reduce(0) { $0 + flatBytes + ($1.content?.bytes.count ?? 0) }
    case .local(let part, let bundle): flatBytes * (1 + part.files.count) + (bundle.map(size) ?? 0)
    case .interest(let interest):
      interest.files.reduce(flatBytes) { size, next in
        guard case .tags(let tags) = next.1 else { return size + flatBytes }
        return tags.reduce(size + flatBytes) { $0 + $1.utf8.count }
      }
    }
  }

  private static func size(_ bundle: Bundle) -> Int {
    bundle.files.reduce(0) { $0 + flatBytes + $1.content.bytes.count }
  }

  private static func size(_ file: AppliedFile) -> Int {
    flatBytes + Digest.byteCount + (file.problem?.utf8.count ?? 0)
  }

  private static func size(_ body: Report.Body) -> Int {
    switch body {
    case .state(_, let content): content?.bytes.count ?? 0
    case .stopped(_, .notStarted(let reason), _), .stopped(_, .unhealthy(let reason), _): reason.utf8.count
    case .stopped: 0
    case .inForce(let inForce): (inForce.processes.count + inForce.fenced.count) * ProcessName.lengthLimit
    case .held(_, _, let content): content.bytes.count
    }
  }
}
