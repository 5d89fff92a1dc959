import Linux
import Logging
import NIOCore

/// Leaves connections in the system's queue for a while when no descriptor is left for one.
///
/// SwiftNIO's own handler for this delays the next read, but the failed one still stands: the event loop tries again at
/// once, without end, and takes a whole processor from everything else on the machine.
final class AcceptPause: ChannelInboundHandler {
  typealias InboundIn = any Channel

  private static let length = TimeAmount.seconds(1)

  private let logger: Logger
  private var isTold = false

  init(logger: Logger) { self.logger = logger }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    defer { context.fireErrorCaught(error) }
    guard let code = (error as? IOError)?.errnoCode, SystemError(code, "accept", "").isShortage else { return }
    if !isTold {
      logger.warning(
        "connections wait until they can be accepted", metadata: ["reason": "\(SystemError.text(of: code))"])
    }
    isTold = true
    let channel = context.channel
    channel.setOption(.autoRead, value: false).whenComplete { _ in }
    context.eventLoop.scheduleTask(in: Self.length) {
      channel.setOption(.autoRead, value: true).whenComplete { _ in }
    }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    isTold = false
    context.fireChannelRead(data)
  }
}
