import GRPCCore
public import GroupProtocol
import WireFormat

/// Asks a leader what operators ask. Each request has a connection of its own: tools ask once or twice.
public struct OperatorClient: Sendable {
  public let address: Address
  private let token: Token?
  private let limits: TransportLimits

  public init(address: Address, token: Token?, limits: TransportLimits = .standard) {
    self.address = address
    self.token = token
    self.limits = limits
  }

  /// - Parameter timeout: for the answer; a plan or a first round of a large policy may take minutes.
  public func ask(
    _ request: OperatorRequest, timeout: Duration = .seconds(60)
  ) async throws(TransportError) -> OperatorAnswer {
    let transport = try await Dialer(address: address, role: .operator, limits: limits).connect()
    let answer: WireOperatorAnswer
    do {
      answer = try await LeaderConnection.withClient(transport) { client in
        var options = CallOptions.defaults
        options.timeout = timeout
        options.maxRequestMessageBytes = TransportLimits.answerLimitBytes
        options.maxResponseMessageBytes = TransportLimits.answerLimitBytes
        return try await WireGroup.Client(wrapping: client).operate(
          request.wire, metadata: PeerCheck.metadata(token), options: options)
      }
    } catch { throw TransportError(error, address) }
    do { return try OperatorAnswer(wire: answer) } catch {
      throw TransportError(.badMessage, "the leader at `\(address)` sent what it must not: \(error)")
    }
  }
}
