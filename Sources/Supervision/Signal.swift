/// A signal by its name and number on Linux (signal(7); the numbers of x86 and ARM).
public struct Signal: Hashable, Sendable, CustomStringConvertible {
  public static let hangup = Signal(number: 1)
  public static let interrupt = Signal(number: 2)
  public static let kill = Signal(number: 9)
  public static let terminate = Signal(number: 15)
  public static let `continue` = Signal(number: 18)

  public let number: Int32
  private init(number: Int32) { self.number = number }

  /// `SIGHUP`, `HUP` or `1`; nil where Linux has no such signal.
  public init?(_ text: some StringProtocol) {
    let name = text.uppercased()
    let short = name.hasPrefix("SIG") ? String(name.dropFirst(3)) : name
    if let number = Int32(short), Self.numbers.contains(where: { $0.number == number }) {
      self.number = number
    } else if let known = Self.numbers.first(where: { $0.name == short }) {
      number = known.number
    } else {
      return nil
    }
  }

  public var description: String {
    Self.numbers.first { $0.number == number }.map { "SIG\($0.name)" } ?? "signal \(number)"
  }

  private static let numbers: [(name: String, number: Int32)] = [
    ("HUP", 1), ("INT", 2), ("QUIT", 3), ("ILL", 4), ("TRAP", 5), ("ABRT", 6), ("BUS", 7), ("FPE", 8),
    ("KILL", 9), ("USR1", 10), ("SEGV", 11), ("USR2", 12), ("PIPE", 13), ("ALRM", 14), ("TERM", 15),
    ("STKFLT", 16), ("CHLD", 17), ("CONT", 18), ("STOP", 19), ("TSTP", 20), ("TTIN", 21), ("TTOU", 22),
    ("URG", 23), ("XCPU", 24), ("XFSZ", 25), ("VTALRM", 26), ("PROF", 27), ("WINCH", 28), ("IO", 29),
    ("PWR", 30), ("SYS", 31),
  ]
}
