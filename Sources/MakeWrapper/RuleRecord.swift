import FileTree
import Model

/// A rule instance that has succeeded: when, and what it was then.
struct RuleRecord: Equatable, Sendable {
  /// Of the last run.
  let stamp: LogicalStamp
  /// When the output was last another than before.
  let changed: LogicalStamp
  /// Of the recipe, the prerequisites' names and what else make's database says of the rule.
  let signature: Digest
  /// Of what the last run read, ``ReadDigests/ofReasons(of:)``: another one is a reason to run again.
  let read: Digest

  init(stamp: LogicalStamp, changed: LogicalStamp, signature: Digest, read: Digest) {
    self.stamp = stamp
    self.changed = changed
    self.signature = signature
    self.read = read
  }

  init?(_ bytes: [UInt8]) {
    var reader = FieldReader(bytes)
    guard let stamp = reader.number(), let signature = reader.field().flatMap(Digest.init(bytes:)),
      let changed = reader.number(), let read = reader.field().flatMap(Digest.init(bytes:))
    else { return nil }
    self.init(
      stamp: LogicalStamp(value: stamp), changed: LogicalStamp(value: changed), signature: signature, read: read
    )
  }

  var bytes: [UInt8] {
    var writer = FieldWriter()
    writer.add(stamp.value)
    writer.add(signature.bytes)
    writer.add(changed.value)
    writer.add(read.bytes)
    return writer.bytes
  }
}
