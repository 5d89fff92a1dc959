import NIOCore

/// Closes a connection on which nothing came for too long.
///
/// gRPC probes a silent peer, and a living one answers; but when its server gets no answer it asks the peer to leave
/// in good order and waits for that, which a dead peer never does.
final class DeadPeerHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event is IdleStateHandler.IdleStateEvent {
      context.close(promise: nil)
    } else {
      context.fireUserInboundEventTriggered(event)
    }
  }

  /// Puts the watch at the front of a channel, where it sees every byte. To be called on the channel's event loop,
  /// before gRPC is added.
  static func add(to channel: any Channel, silence: Duration) throws {
    try channel.pipeline.syncOperations.addHandlers([
      IdleStateHandler(readTimeout: TimeAmount(silence)), DeadPeerHandler(),
    ])
  }
}
