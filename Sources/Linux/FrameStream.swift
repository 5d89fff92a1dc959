import Glibc

/// A stream socket that carries whole messages, each behind its length in four bytes, least byte first. It never
/// blocks: what cannot be sent yet waits here. For one thread.
public final class FrameStream {
  /// A longer message comes from something that is no peer of ours.
  public static let limitBytes = 8 << 20

  public let descriptor: CInt
  public private(set) var isClosed = false
  private var incoming: [UInt8] = []
  private var outgoing: [UInt8] = []
  private var sent = 0
  private var room = [UInt8](repeating: 0, count: 1 << 16)

  public init(owning descriptor: CInt) { self.descriptor = descriptor }

  deinit { close(descriptor) }

  /// Whether something waits until the socket is writable.
  public var hasPending: Bool { sent < outgoing.count }

  public func send(_ message: [UInt8]) {
    let count = UInt32(message.count)
    for shift in stride(from: 0, to: 32, by: 8) { outgoing.append(UInt8(truncatingIfNeeded: count >> shift)) }
    outgoing += message
  }

  /// Sends what the socket takes.
  public func flush() {
    while hasPending, !isClosed {
      let count = outgoing.withUnsafeBytes { bytes in
        Glibc.send(
          descriptor, bytes.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
      }
      if count >= 0 {
        sent += count
      } else if errno != EINTR {
        if errno != EAGAIN { isClosed = true }
        return
      }
    }
    outgoing.removeAll(keepingCapacity: outgoing.count < 1 << 16)
    sent = 0
  }

  /// The messages that have come as a whole. At the end of the stream, ``isClosed``.
  public func receive() -> [[UInt8]] {
    while !isClosed {
      let count = recv(descriptor, &room, room.count, 0)
      if count > 0 {
        incoming += room[..<count]
        if count < room.count { break }
      } else if count == 0 {
        isClosed = true
      } else if errno != EINTR {
        if errno != EAGAIN { isClosed = true }
        break
      }
    }
    return messages()
  }

  private func messages() -> [[UInt8]] {
    var found: [[UInt8]] = []
    var start = 0
    while start + 4 <= incoming.count {
      let length = (0..<4).reduce(0) { $0 | Int(incoming[start + $1]) << (8 * $1) }
      guard length <= Self.limitBytes else {
        isClosed = true
        break
      }
      guard start + 4 + length <= incoming.count else { break }
      found.append(Array(incoming[(start + 4)..<(start + 4 + length)]))
      start += 4 + length
    }
    incoming.removeFirst(start)
    return found
  }
}
