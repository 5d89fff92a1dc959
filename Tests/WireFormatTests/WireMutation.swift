/// A protocol buffer as its fields, whatever message it is (protobuf.dev, Encoding), so that numbers can be put in
/// place of others without knowing the message.
struct WireMutation {
  private enum Value {
    case number(UInt64)
    /// Text, bytes, or a message: by the bytes alone nobody can tell.
    case bytes([UInt8])
    case message(WireMutation)
  }

  private var fields: [(key: UInt64, value: Value)] = []

  /// Nil where the bytes are no message with varints and lengths alone, as all of DMake's are.
  init?(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      guard let key = Self.varint(&rest), key >> 3 > 0 else { return nil }
      switch key & 7 {
      case 0:
        guard let number = Self.varint(&rest) else { return nil }
        fields.append((key, .number(number)))
      case 2:
        guard let count = Self.varint(&rest), count <= rest.count else { return nil }
        let part = Array(rest.prefix(Int(count)))
        rest = rest.dropFirst(Int(count))
        let message = WireMutation(part).flatMap { $0.bytes == part ? Value.message($0) : nil }
        fields.append((key, message ?? .bytes(part)))
      default: return nil
      }
    }
  }

  var bytes: [UInt8] {
    fields.flatMap { key, value -> [UInt8] in
      switch value {
      case .number(let number): Self.varint(key) + Self.varint(number)
      case .bytes(let part): Self.varint(key) + Self.varint(UInt64(part.count)) + part
      case .message(let message):
        Self.varint(key) + Self.varint(UInt64(message.bytes.count)) + message.bytes
      }
    }
  }

  /// The same message once for each of its numbers, with this one in its place.
  func replacing(with number: UInt64) -> [WireMutation] {
    fields.indices.flatMap { position -> [WireMutation] in
      func with(_ value: Value) -> WireMutation {
        var copy = self
        copy.fields[position].value = value
        return copy
      }
      switch fields[position].value {
      case .number: return [with(.number(number))]
      case .bytes: return []
      case .message(let message): return message.replacing(with: number).map { with(.message($0)) }
      }
    }
  }

  private static func varint(_ rest: inout ArraySlice<UInt8>) -> UInt64? {
    var number: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 7) {
      guard let byte = rest.popFirst() else { return nil }
      number |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return number }
    }
    return nil
  }

  private static func varint(_ number: UInt64) -> [UInt8] {
    var rest = number
    var bytes: [UInt8] = []
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7f) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }
}
