import GroupProtocol
import Transport

/// Asks the first leader that answers.
struct OperatorConnection: Sendable {
  let addresses: [Address]
  let token: Token?

  /// - Parameter timeout: for the answer.
  func ask(
    _ request: OperatorRequest, timeout: Duration = .seconds(60)
  ) async throws(CommandFailure) -> OperatorAnswer {
    var unreachable: [String] = []
    for address in addresses {
      let answer: OperatorAnswer
      do throws(TransportError) {
        answer = try await OperatorClient(address: address, token: token).ask(request, timeout: timeout)
      } catch {
        guard error.kind == .unreachable else { throw CommandFailure(error) }
        unreachable.append(error.description)
        continue
      }
      if case .rejected(let rejection) = answer { throw CommandFailure(rejection) }
      return answer
    }
    throw CommandFailure(
      .unavailable,
      unreachable.joined(separator: "\n       ")
        + "; start one with `dmake leader`, or name another with `--leader` or DMAKE_LEADERS")
  }

  func status(files: String? = nil) async throws(CommandFailure) -> StatusReport {
    guard case .status(let report) = try await ask(.status(files: files)) else { throw .unexpected }
    return report
  }
}

extension CommandFailure {
  /// An answer of another kind than the question's: no leader of this version gives one.
  static let unexpected = CommandFailure(
    .unavailable,
    "the leader gave an answer to another question; install the same version of dmake on both sides")

  init(_ error: TransportError) {
    let status: ExitStatus =
      switch error.kind {
      case .badAddress: .usage
      case .notAllowed: .notAllowed
      case .timedOut: .timeout
      case .badMessage: .badInput
      case .addressInUse, .unreachable, .otherVersion, .closed, .overflowed, .system: .unavailable
      }
    self.init(status, error.description.visibleLines)
  }

  init(_ rejection: Rejection) {
    let status: ExitStatus =
      switch rejection.reason {
      case .badInput, .notFound, .outdated: .badInput
      case .unavailable: .unavailable
      }
    self.init(status, rejection.text.visibleLines)
  }
}
