public import SwiftProtobuf

/// A value that travels or is stored as a protocol buffer.
///
/// Writing takes every value. Reading trusts nothing: names, paths, digests, kinds, sizes and counts are checked,
/// because the bytes may be a hostile peer's or a damaged disk's.
public protocol WireValue {
  associatedtype Wire: SwiftProtobuf.Message
  var wire: Wire { get }
  init(wire: Wire) throws(WireError)
}

extension WireValue {
  /// Fails only where the value has more than 2 GiB.
  public func encoded() throws(WireError) -> [UInt8] {
    do { return try wire.serializedBytes() } catch { throw WireError(.tooLarge) }
  }

  public init(encoded bytes: [UInt8]) throws(WireError) {
    let wire: Wire
    do { wire = try Wire(serializedBytes: bytes) } catch { throw WireError(.malformed) }
    try self.init(wire: wire)
  }
}

/// Reading fields of a message; each names its field, so that an error says where it is.
extension WireValue {
  static func read(_ wire: Wire, _ field: String) throws(WireError) -> Self {
    do { return try Self(wire: wire) } catch { throw error.inside(field) }
  }

  static func read(_ wire: Wire, _ field: String, if isPresent: Bool) throws(WireError) -> Self {
    guard isPresent else { throw WireError(.missing, field: field) }
    return try read(wire, field)
  }

  static func readOptional(_ wire: Wire, _ field: String, if isPresent: Bool) throws(WireError) -> Self? {
    isPresent ? try read(wire, field) : nil
  }

  static func readList(_ list: [Wire], _ field: String, limit: Int = .max) throws(WireError) -> [Self] {
    try Field.checkCount(list.count, field, limit: limit)
    var values: [Self] = []
    values.reserveCapacity(list.count)
    for position in list.indices {
      do { values.append(try Self(wire: list[position])) } catch { throw error.inside("\(field)[\(position)]") }
    }
    return values
  }
}

/// An enumeration without associated values. Its wire form is given once; reading looks it up there.
protocol WireCase: CaseIterable {
  associatedtype Wire: Equatable
  var wire: Wire { get }
}

extension WireCase {
  static func read(_ wire: Wire, _ field: String) throws(WireError) -> Self {
    guard let value = allCases.first(where: { $0.wire == wire }) else {
      throw WireError(.missing, field: field)
    }
    return value
  }
}
