import FileTree
import Model

/// A rule instance that has succeeded: when, and what it was then.
struct RuleRecord: Equatable, Sendable {
  let stamp: LogicalStamp
  /// Of the recipe, the prerequisites' names and what else make's database says of the rule.
  let signature: Digest

  init(stamp: LogicalStamp, signature: Digest) {
    self.stamp = stamp
    self.signature = signature
  }

  init?(_ bytes: [UInt8]) {
    var reader = FieldReader(bytes)
    guard let stamp = reader.number(), let signature = reader.field().flatMap(Digest.init(bytes:)) else {
      return nil
    }
    self.init(stamp: LogicalStamp(value: stamp), signature: signature)
  }

  var bytes: [UInt8] {
    var writer = FieldWriter()
    writer.add(stamp.value)
    writer.add(signature.bytes)
    return writer.bytes
  }
}
