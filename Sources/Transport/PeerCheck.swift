import GRPCCore

/// Looks at every call before its service does: the protocol's version, and on TCP the token. (On a Unix socket the
/// uid was checked when the connection was accepted.)
struct PeerCheck: ServerInterceptor {
  static let versionKey = "dmake-protocol"
  static let version = "1"
  static let authorizationKey = "authorization"
  static let scheme = "Bearer "

  /// Nil on a Unix socket.
  let token: Token?
  let room: ConnectionRoom

  func intercept<Input: Sendable, Output: Sendable>(
    request: StreamingServerRequest<Input>, context: ServerContext,
    next:
      @Sendable (StreamingServerRequest<Input>, ServerContext) async throws -> StreamingServerResponse<Output>
  ) async throws -> StreamingServerResponse<Output> {
    if let token, !shows(token, request.metadata) {
      throw RPCError(
        code: .unauthenticated,
        message:
          "the leader asks for its token on TCP; give this side a copy of its token file, or use its Unix socket"
      )
    }
    let versions = Array(request.metadata[stringValues: Self.versionKey])
    guard versions == [Self.version] else {
      throw RPCError(
        code: .failedPrecondition,
        message:
          "the leader speaks version \(Self.version) of the protocol and this side \(versions.first.map { "`\($0.prefix(20))`" } ?? "none"); install the same version of dmake on both"
      )
    }
    if token != nil { room.admit(context.remotePeer) }
    return try await next(request, context)
  }

  private func shows(_ token: Token, _ metadata: Metadata) -> Bool {
    let values = Array(metadata[stringValues: Self.authorizationKey])
    guard values.count == 1, values[0].hasPrefix(Self.scheme) else { return false }
    return token.isEqual(to: values[0].dropFirst(Self.scheme.utf8.count))
  }

  /// What a client sends.
  static func metadata(_ token: Token?) -> Metadata {
    var metadata: Metadata = [:]
    metadata.addString(version, forKey: versionKey)
    if let token { metadata.addString(scheme + token.text, forKey: authorizationKey) }
    return metadata
  }
}
