import Glibc
import Linux
import Supervision

/// Where the administrator of a node says what its agent may start.
public struct AllowListFile: Equatable, Sendable {
  static let sizeLimitBytes = 1 << 20

  public let path: String
  /// Whether the agent is to start nothing without it. Otherwise everything is permitted where there is no such file.
  public let isRequired: Bool

  public init(path: String, isRequired: Bool) {
    self.path = path
    self.isRequired = isRequired
  }

  func read() throws(AgentError) -> AllowList? {
    let bytes: [UInt8]
    do throws(SystemError) { bytes = try TrustedFile.read(path: path, limitBytes: Self.sizeLimitBytes) } catch {
      if error.isAbsence, !isRequired { return nil }
      throw AgentError([EPERM, EACCES].contains(error.code) ? .notAllowed : .allowList, error.description)
    }
    // What is not UTF-8 would be compared as something else than what stands there.
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw AgentError(.allowList, "the allow-list `\(path)` is not UTF-8; write it anew")
    }
    do throws(AllowListProblem) { return try AllowList(text: text, file: path) } catch {
      throw AgentError(.allowList, error.description)
    }
  }
}
