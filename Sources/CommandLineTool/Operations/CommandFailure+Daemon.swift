import Agent
import Glibc
import Leader
import Linux
import MakeWrapper
import Transport
import WriteAheadLog

extension CommandFailure {
  /// Why a daemon did not start or had to end, by the kind of the error and never by its text.
  init(daemon error: any Error) {
    switch error {
    case let failure as CommandFailure: self = failure
    case let error as LeaderError: self.init(error)
    case let error as AgentError: self.init(error)
    case let error as TransportError: self.init(error)
    case let error as SystemError: self.init(Self.status(error), error.description)
    default: self.init(.unavailable, "\(error)".visibleLines)
    }
  }

  private init(_ error: LeaderError) {
    let status: ExitStatus =
      switch error {
      case .makeMissing: .unavailable
      case .badTiming: .usage
      case .engine(.folder(let error)): Self.status(error)
      case .engine(.log(.refused(let error))), .engine(.log(.stopped(let error))): Self.status(error)
      case .engine(.log), .engine(.unreadable), .badPolicy: .badInput
      case .wrapper(.file(let error)): Self.status(error)
      case .wrapper(.make): .unavailable
      case .transport(let error): CommandFailure(error).status
      }
    self.init(status, error.description.visibleLines)
  }

  private init(_ error: AgentError) {
    let status: ExitStatus =
      switch error.kind {
      case .name: .usage
      case .notAllowed: .notAllowed
      case .allowList: .badInput
      case .stateFolder, .system, .controlGroups, .refused, .abandoned: .unavailable
      }
    self.init(status, error.description.visibleLines)
  }

  private static func status(_ error: SystemError) -> ExitStatus {
    switch error.code {
    case EACCES, EPERM, EROFS: .notAllowed
    default: .unavailable
    }
  }
}
