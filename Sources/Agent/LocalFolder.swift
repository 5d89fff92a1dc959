import Glibc
import GroupProtocol
import Linux
import Logging
import Model
import WireFormat

/// What an agent keeps for its `[local]` rules, so that it can run them without a leader, in the state folder:
///
///     local/record       what it remembers of them, behind the digest of it
///     local/policy       the policy's bundle
///     local/tree, …      the make wrapper's
///
/// A damaged file counts as missing: the leader tells everything again.
struct LocalFolder {
  private static let recordFile = "record"
  private static let policyFile = "policy"
  private static let sizeLimitBytes = 256 << 20

  private let folder: Directory
  private let logger: Logger
  var path: String { folder.path }

  init(in state: Directory, logger: Logger) throws(SystemError) {
    folder = try state.makeFolders("local")
    self.logger = logger
  }

  /// The record without a part where its policy is not there.
  func read() -> (LocalRecord, Bundle?) {
    guard var record: LocalRecord = value(of: Self.recordFile) else { return (LocalRecord(), nil) }
    guard let wanted = record.part.policy else { return (record, nil) }
    let policy: Bundle? = value(of: Self.policyFile)
    if policy?.digest == wanted { return (record, policy) }
    record.part = .none
    return (record, nil)
  }

  private func value<Value: WireValue>(of file: String) -> Value? {
    do throws(any Error) {
      guard let bytes = try folder.readIfPresent(file, limitBytes: Self.sizeLimitBytes) else { return nil }
      let body = Array(bytes.dropFirst(Digest.byteCount))
      guard bytes.starts(with: Digest(of: body).bytes) else {
        throw SystemError(EBADMSG, "read", "\(path)/\(file)")
      }
      return try Value(encoded: body)
    } catch {
      logger.error(
        "what the agent kept of local rules is damaged, so a leader must tell it again",
        metadata: ["file": "\(path)/\(file)", "reason": "\(error)"])
      return nil
    }
  }

  /// A killed agent finds it, synchronized or not; after a power failure no process runs that it could be wrong of.
  func write(_ record: LocalRecord) throws(SystemError) { try write(record, as: Self.recordFile, .none) }

  func write(_ policy: Bundle?) throws(SystemError) {
    if let policy { return try write(policy, as: Self.policyFile, .disk) }
    _ = try folder.remove(Self.policyFile)
  }

  private func write(_ value: some WireValue, as file: String, _ durability: Durability) throws(SystemError) {
    let body: [UInt8]
    do { body = try value.encoded() } catch { throw SystemError(EFBIG, "write", "\(path)/\(file)") }
    try folder.write(file, Digest(of: body).bytes + body, mode: 0o600, durability: durability)
  }
}
