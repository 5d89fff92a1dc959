/// How `dmake` ends: the one list of exit codes, after sysexits.h and timeout(1).
public enum ExitStatus: Int32, Sendable, CaseIterable {
  /// Done, or nothing to change.
  case done = 0
  /// Something was found: a finding, a rule that failed, changes under `-q`.
  case found = 1
  /// The command line is wrong.
  case usage = 64
  /// The policy, the request or another input is bad.
  case badInput = 65
  /// No leader answers, or what a daemon needs is not there: the port is in use, the disk is full.
  case unavailable = 69
  /// The system or the leader does not allow it.
  case notAllowed = 77
  /// The time that `--timeout` gave is over.
  case timeout = 124
  /// SIGINT or SIGTERM ended the command before it was done.
  case interrupted = 130
}

/// Why a command did not do its work: the code for scripts and one sentence for people.
public struct CommandFailure: Error, Equatable, Sendable, CustomStringConvertible {
  public let status: ExitStatus
  public let description: String
  public init(_ status: ExitStatus, _ description: String) {
    self.status = status
    self.description = description
  }
}
