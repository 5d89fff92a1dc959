import Linux
import Logging
import NIOCore

/// Leaves connections in the system's queue where there is no room for them, or no descriptor is left.
///
/// SwiftNIO's own handler for want of descriptors delays the next read, but the failed one still stands: the event loop
/// tries again at once, without end, and takes a whole processor from everything else on the machine.
final class AcceptPause: ChannelInboundHandler {
  typealias InboundIn = any Channel

  /// How long nothing is accepted when no descriptor is left, and how often it is looked for room.
  private static let shortage = TimeAmount.seconds(1)
  private static let interval = TimeAmount.milliseconds(100)

  private let room: ConnectionRoom
  private let isUnix: Bool
  private let logger: Logger
  private var isTold = false
  private var isPaused = false

  init(room: ConnectionRoom, isUnix: Bool, logger: Logger) {
    self.room = room
    self.isUnix = isUnix
    self.logger = logger
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    defer { context.fireErrorCaught(error) }
    guard let code = (error as? IOError)?.errnoCode, SystemError(code, "accept", "").isShortage else { return }
    tell(SystemError.text(of: code))
    pause(context.channel, for: Self.shortage)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    room.insert(unwrapInboundIn(data), isUnix: isUnix)
    context.fireChannelRead(data)
    if room.hasRoom(isUnix: isUnix) {
      isTold = false
    } else {
      tell("too many are open, or have not shown the token")
      pause(context.channel, for: Self.interval)
    }
  }

  /// Once for each time that there is none.
  private func tell(_ reason: String) {
    if !isTold {
      logger.warning("connections wait until they can be accepted", metadata: ["reason": "\(reason)"])
    }
    isTold = true
  }

  private func pause(_ channel: any Channel, for length: TimeAmount) {
    if isPaused { return }
    isPaused = true
    channel.setOption(.autoRead, value: false).whenComplete { _ in }
    let pause = NIOLoopBound(self, eventLoop: channel.eventLoop)
    channel.eventLoop.scheduleTask(in: length) { pause.value.resume(channel) }
  }

  private func resume(_ channel: any Channel) {
    isPaused = false
    room.dismissStrangers()
    if room.hasRoom(isUnix: isUnix) {
      channel.setOption(.autoRead, value: true).whenComplete { _ in }
    } else {
      pause(channel, for: Self.interval)
    }
  }
}
