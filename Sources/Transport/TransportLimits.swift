import WireFormat

/// How much waits and how long it may take. The standard fits both sides.
public struct TransportLimits: Sendable {
  public static let standard = TransportLimits()

  /// What may wait for one peer before it is cut off: the whole configuration of a node, with room.
  public var queueLimitBytes = 64 << 20
  /// Messages that wait are sent together up to this size; a larger one travels alone.
  public var batchLimitBytes = 1 << 20
  /// How long a connection may take to be made.
  public var connectTimeout = Duration.seconds(5)
  /// After so long without a byte a peer is probed, and after as long again without an answer it is dead.
  /// gRPC's clients take no less than ten seconds.
  public var keepalive = Duration.seconds(10)
  /// How long the last messages may take when a stream is closed in good order.
  public var closeTimeout = Duration.seconds(5)

  /// How long a connection may be without a call.
  public var idle = Duration.seconds(30)
  /// How long a peer on TCP has until it has shown the token.
  public var strangerPatience = Duration.seconds(10)

  /// How long a server that ends lets its peers go in good order.
  public var shutdownTimeout = Duration.seconds(1)

  public init() {}

  /// A probe, its answer, and half as long for a busy machine.
  var serverSilence: Duration { keepalive * 5 / 2 }
  var clientSilence: Duration { max(keepalive, .seconds(10)) * 5 / 2 }

  /// The largest gRPC message either way.
  static let messageLimitBytes = WireLimit.messageBytes
  /// An answer about everything may be larger than any request.
  static let answerLimitBytes = 4 * WireLimit.messageBytes
}
