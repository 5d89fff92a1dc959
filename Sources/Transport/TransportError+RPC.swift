import GRPCCore

extension TransportError {
  /// What an RPC's failure means to a person who asked for the leader at `address`.
  init(_ error: any Error, _ address: Address) {
    switch error {
    case let error as TransportError: self = error
    case let error as RPCError: self.init(error, address)
    case is CancellationError: self.init(.closed, "the connection to `\(address)` was given up")
    default: self.init(.closed, "the connection to the leader at `\(address)` broke: \(error)")
    }
  }

  private init(_ error: RPCError, _ address: Address) {
    let said = error.message
    switch error.code {
    case .unauthenticated, .permissionDenied: self.init(.notAllowed, "`\(address)` refuses: \(said)")
    case .failedPrecondition: self.init(.otherVersion, "`\(address)` refuses: \(said)")
    case .unimplemented:
      self.init(.otherVersion, "the server at `\(address)` is no leader of this version of dmake: \(said)")
    case .deadlineExceeded: self.init(.timedOut, "the leader at `\(address)` did not answer in time")
    case .resourceExhausted: self.init(.overflowed, "`\(address)` refuses: \(said)")
    case .invalidArgument: self.init(.badMessage, "`\(address)` refuses: \(said)")
    case .cancelled: self.init(.closed, "the leader at `\(address)` closed the stream")
    default: self.init(.closed, "the connection to the leader at `\(address)` broke: \(said)")
    }
  }

  static func overflowed(_ address: Address, _ limit: Int) -> TransportError {
    TransportError(
      .overflowed, "the leader at `\(address)` reads too slowly: more than \(limit) bytes waited for it")
  }

  static func unreachable(_ address: Address, _ reason: String) -> TransportError {
    TransportError(.unreachable, "no leader answers at `\(address)`: \(reason)")
  }
}
