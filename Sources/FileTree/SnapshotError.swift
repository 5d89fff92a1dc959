/// Why a snapshot is not used. The description says what to do.
public enum SnapshotError: Error, Hashable, Sendable, CustomStringConvertible {
  /// It does not begin as a snapshot does.
  case notASnapshot
  case truncated(expectedBytes: Int, foundBytes: Int)
  case trailing(expectedBytes: Int, foundBytes: Int)
  /// The header's check sum is wrong.
  case damagedHeader
  /// A later DMake wrote it.
  case newerVersion(found: UInt32, supported: UInt32)
  /// It says that its payload is longer than is allowed, or would be if it were expanded.
  case tooLarge(payloadBytes: UInt64, limitBytes: Int)
  /// The compressed payload or its digest is wrong.
  case damagedPayload
  case noMemory

  public var description: String {
    let remedy = "use another snapshot, or remove it and let the log or the agents rebuild the tree"
    return switch self {
    case .notASnapshot: "the file is not a snapshot of DMake; \(remedy)"
    case .truncated(let expected, let found):
      "the snapshot is truncated: expected \(expected) bytes, found \(found); \(remedy)"
    case .trailing(let expected, let found):
      "the snapshot is damaged: expected \(expected) bytes, found \(found); \(remedy)"
    case .damagedHeader: "the snapshot's header is damaged: its check sum is wrong; \(remedy)"
    case .newerVersion(let found, let supported):
      "the snapshot has format version \(found), and this program reads versions up to \(supported); update dmake on this machine"
    case .tooLarge(let payload, let limit):
      "the snapshot's payload of \(payload) bytes is over the limit of \(limit); \(remedy)"
    case .damagedPayload:
      "the snapshot is damaged: its content does not have the digest that it names; \(remedy)"
    case .noMemory: "there is no memory to read or write a snapshot; free some and try again"
    }
  }
}
