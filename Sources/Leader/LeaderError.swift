public import GroupProtocol
public import MakeWrapper
public import Transport
public import WriteAheadLog

/// Why a leader did not start or had to end. Each description is a whole sentence for the operator.
public enum LeaderError: Error, Equatable, Sendable, CustomStringConvertible {
  /// There is no program that could run policies.
  case makeMissing(path: String)
  /// The state folder or the log in it.
  case engine(EngineError)
  /// ROOT, or make.
  case wrapper(WrapperError)
  case transport(TransportError)
  /// An isolated agent could still run what another node has been told to replace.
  case badTiming(Timing)
  /// The policy that the log has none before is refused; the text has its diagnostics.
  case badPolicy(String)

  public var description: String {
    switch self {
    case .makeMissing(let path):
      "a leader needs GNU make 4.3 or newer, and `\(path)` is not an executable file; install the package `make`"
    case .engine(let error): "\(error)"
    case .wrapper(let error): "\(error)"
    case .transport(let error): "\(error)"
    case .badPolicy(let text): text
    case .badTiming(let timing):
      "\(timing.objection): an agent must have stopped what it is to stop before its node counts as lost; choose a longer lease, or a shorter fence or stop grace"
    }
  }
}
