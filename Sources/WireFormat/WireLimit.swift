import Model

/// How much of anything a peer may say, and how far its numbers go: agents, leaders, operators' tools and keepers
/// alike. What has passed these limits can be counted on, added to and multiplied without an overflow.
public enum WireLimit {
  /// One file of a node, and with it the longest report.
  public static let fileBytes = Content.sizeLimitBytes
  /// One gRPC message: a file, or a bundle of ``Bundle/sizeLimitBytes``, with room for names.
  public static let messageBytes = 32 << 20
  public static let batchMessages = 65_536
  public static let filesOfNode = 65_536
  public static let processesOfNode = 65_536
  public static let bundleFiles = 65_536
  public static let problemsOfNode = 1024
  public static let liftTargets = 65_536
  /// Explanations for people. Longer ones are cut when they are sent.
  public static let textBytes = 16 << 10
  /// Instances, versions, authors. Longer ones are cut when they are sent.
  public static let labelBytes = 256
  public static let tagBytes = 4096
  /// Positions, epochs, sequence numbers, counts: all are smaller. A number that grows by one a nanosecond gets there
  /// in 146 years.
  public static let number: UInt64 = 1 << 62
  /// The shortest timer of a cluster, and the longest of anything: a hundred years.
  public static let timer = Duration.milliseconds(1)...Duration.seconds(100 * 365 * 86_400)
  /// Ticks are multiplied by their length: the product of the limits still is a `Duration`, and its milliseconds a
  /// number.
  public static let leaseTicks: UInt64 = 1_000_000

  /// The longest beginning of `text` that has at most `limit` bytes of UTF-8 and ends with a whole character.
  static func cut(_ text: String, to limit: Int) -> String {
    if text.utf8.count <= limit { return text }
    var end = text.utf8.index(text.utf8.startIndex, offsetBy: limit)
    while end > text.startIndex, text.unicodeScalars.index(roundingDown: end) != end {
      end = text.utf8.index(before: end)
    }
    return String(text[..<end])
  }
}

extension String.UnicodeScalarView {
  /// `position`, or the beginning of the scalar that it lies in.
  fileprivate func index(roundingDown position: Index) -> Index {
    if position == endIndex { return position }
    return position.samePosition(in: self) ?? startIndex
  }
}
