/// Values of the wrapper's memory as bytes: fields, each behind its length. The format is the wrapper's own; a
/// newer wrapper that cannot read an entry forgets it, and what depended on it is made again.
struct FieldWriter {
  private(set) var bytes: [UInt8] = []

  mutating func add(_ number: UInt64) {
    var rest = number
    while rest > 0x7f {
      bytes.append(UInt8(rest & 0x7f) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  mutating func add(_ field: [UInt8]) {
    add(UInt64(field.count))
    bytes += field
  }

  mutating func add(_ text: String) { add(Array(text.utf8)) }

  /// Absence and emptiness differ.
  mutating func add(_ text: String?) {
    add(text == nil ? 0 : 1 as UInt64)
    if let text { add(text) }
  }

  mutating func add(_ number: UInt64?) {
    add(number == nil ? 0 : 1 as UInt64)
    if let number { add(number) }
  }
}

/// Reads what ``FieldWriter`` wrote; nil at the first field that is not there.
struct FieldReader {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { rest = bytes[...] }

  mutating func number() -> UInt64? {
    var number: UInt64 = 0
    var shift: UInt64 = 0
    while let byte = rest.popFirst(), shift < 64 {
      number |= UInt64(byte & 0x7f) << shift
      if byte & 0x80 == 0 { return number }
      shift += 7
    }
    return nil
  }

  mutating func field() -> [UInt8]? {
    guard let count = number(), count <= rest.count else { return nil }
    defer { rest = rest.dropFirst(Int(count)) }
    return Array(rest.prefix(Int(count)))
  }

  mutating func text() -> String? { field().map { String(decoding: $0, as: UTF8.self) } }

  /// The outer nil is an entry that cannot be read.
  mutating func optionalText() -> String?? {
    guard let isPresent = number() else { return nil }
    return isPresent == 0 ? .some(nil) : text().map(Optional.some)
  }

  mutating func optionalNumber() -> UInt64?? {
    guard let isPresent = number() else { return nil }
    return isPresent == 0 ? .some(nil) : number().map(Optional.some)
  }
}
