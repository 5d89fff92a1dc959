/// Stands for swift-crypto: the fuzzers need contents to be told apart, not to be safe from forgery.
public enum SHA256 {
  public static func hash(data: [UInt8]) -> [UInt8] {
    var state: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in data { state = (state ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return (0..<32).map { UInt8(truncatingIfNeeded: state >> UInt64($0 % 8 * 8)) }
  }
}
