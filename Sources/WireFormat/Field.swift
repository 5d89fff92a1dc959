import FoundationEssentials
import Model

/// Checked reading of single fields.
enum Field {
  static func checkCount(_ count: Int, _ field: String, limit: Int) throws(WireError) {
    if count > limit { throw WireError(.tooLong(count: count, limit: limit), field: field) }
  }

  static func text(_ text: String, _ field: String, limit: Int = WireLimit.textBytes) throws(WireError)
    -> String
  {
    try checkCount(text.utf8.count, field, limit: limit)
    return text
  }

  /// A file's content, `limit` bytes at most.
  static func content(_ data: Data, _ field: String, limit: Int = .max) throws(WireError) -> Content {
    try checkCount(data.count, field, limit: limit)
    return Content(Array(data))
  }

  static func digest(_ data: Data, _ field: String) throws(WireError) -> Digest {
    guard let digest = Digest(bytes: Array(data)) else {
      throw WireError(
        .invalid("a digest has \(Digest.byteCount) bytes, this one \(data.count)"), field: field)
    }
    return digest
  }

  /// A count, a line or another number that is never negative.
  static func count(_ number: Int64, _ field: String) throws(WireError) -> Int {
    guard let count = Int(exactly: number), count >= 0, UInt64(count) < WireLimit.number else {
      throw WireError(.invalid("\(number) is no count"), field: field)
    }
    return count
  }

  /// A position, an epoch, a sequence number: whoever takes it may add to it.
  static func number(_ number: UInt64, _ field: String, below limit: UInt64 = WireLimit.number)
    throws(WireError) -> UInt64
  {
    guard number < limit else {
      throw WireError(.invalid("\(number) is too large; expected a number below \(limit)"), field: field)
    }
    return number
  }

  static func number(_ number: UInt64, _ field: String, if isPresent: Bool) throws(WireError) -> UInt64? {
    isPresent ? try Self.number(number, field) : nil
  }

  static func numbers(_ list: [UInt64], _ field: String) throws(WireError) -> [UInt64] {
    for position in list.indices { _ = try number(list[position], "\(field)[\(position)]") }
    return list
  }

  /// A time of day in the years 1 to 9999, for which a calendar has names.
  static func time(_ milliseconds: Int64, _ field: String) throws(WireError) -> WallTime {
    guard (-62_135_596_800_000...253_402_300_799_999).contains(milliseconds) else {
      throw WireError(.invalid("\(milliseconds) ms is not in the years 1 to 9999"), field: field)
    }
    return WallTime(milliseconds: milliseconds)
  }

  /// A timer's length, within ``WireLimit/timer``.
  static func duration(_ nanoseconds: Int64, _ field: String) throws(WireError) -> Duration {
    let duration = Duration.nanoseconds(nanoseconds)
    guard WireLimit.timer.contains(duration) else {
      throw WireError(
        .invalid("\(nanoseconds) ns is no length for a timer; expected 1 ms to 100 years"), field: field)
    }
    return duration
  }
}

extension Duration {
  /// Whole nanoseconds; what does not fit becomes the greatest or least number.
  var nanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    if overflow { return seconds < 0 ? .min : .max }
    let (sum, carry) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
    if carry { return seconds < 0 ? .min : .max }
    return sum
  }
}

/// Names and paths of the tree: their own initializers hold the rules.
protocol CheckedName {
  init(_ text: String) throws(NameError)
}

extension NodeName: CheckedName {}
extension ProcessName: CheckedName {}
extension TreePath: CheckedName {}
extension NodeFile: CheckedName {}

extension CheckedName {
  static func read(_ text: String, _ field: String) throws(WireError) -> Self {
    do { return try Self(text) } catch { throw WireError(.invalid(error.description), field: field) }
  }

  static func readList(_ list: [String], _ field: String, limit: Int = .max) throws(WireError) -> [Self] {
    try Field.checkCount(list.count, field, limit: limit)
    var names: [Self] = []
    names.reserveCapacity(list.count)
    for position in list.indices { names.append(try read(list[position], "\(field)[\(position)]")) }
    return names
  }
}
