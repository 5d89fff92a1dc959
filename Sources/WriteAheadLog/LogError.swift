import Linux
import Model

/// Why the log could not be opened or written. Each description is a whole sentence for the operator.
public enum LogError: Error, Equatable, Sendable, CustomStringConvertible {
  /// A file has been altered or cut after what it held was acknowledged.
  case damaged(path: String, offset: Int, reason: String)
  /// A file was written by a newer dmake.
  case newerVersion(path: String, version: UInt32)
  /// Entries that must be there are in no file.
  case missing(folder: String, from: LogIndex, through: LogIndex?)
  /// No snapshot can be read, and the log does not begin at its first entry.
  case noSnapshot(folder: String, reason: String)
  /// A call failed and nothing was changed; the same may be tried again, on a full disk say.
  case refused(SystemError)
  /// A file that the log needs is not in its place any more. What was acknowledged may be in memory alone, and
  /// ``WriteAheadLog/renew(_:)`` writes it anew.
  case gone(path: String)
  /// The disk did not say that data had been written: the kernel may have dropped it, so nothing more is written
  /// until the log is opened anew and shows what is there.
  case stopped(SystemError)
  /// The caller's positions are not those of the log.
  case outOfOrder(expected: LogIndex, got: LogIndex)
  /// Entries that are larger together than one record may be.
  case tooLarge(limitBytes: Int)

  /// Whether the same call may succeed later.
  public var isTemporary: Bool { if case .refused = self { true } else { false } }

  public var description: String {
    switch self {
    case .damaged(let path, let offset, let reason):
      "the log file `\(path)` is damaged at byte \(offset): \(reason); restore its folder from a copy, or move the folder away to start anew from what the agents report"
    case .newerVersion(let path, let version):
      "the log file `\(path)` has version \(version) of the format, this dmake knows \(LogFormat.version); start the dmake that wrote it, or a newer one"
    case .missing(let folder, let from, let through):
      "the log in `\(folder)` lacks the entries from \(from)\(through.map { " through \($0)" } ?? " on"); restore the folder from a copy, or move it away to start anew from what the agents report"
    case .noSnapshot(let folder, let reason):
      "no snapshot in `\(folder)` can be used and the log does not reach back to its first entry (\(reason)); restore the folder from a copy, or move it away to start anew from what the agents report"
    case .refused(let error): "\(error)"
    case .gone(let path):
      "the log file `\(path)` was removed or replaced while the leader runs; nobody but the leader may change its log's folder"
    case .stopped(let error): "\(error); the log takes no more entries until the leader is started again"
    case .outOfOrder(let expected, let got):
      "entries were appended at position \(got) where the log ends before \(expected)"
    case .tooLarge(let limitBytes):
      "entries larger than \(limitBytes) bytes together cannot be appended at once"
    }
  }
}
