import FileTree
import Model

/// A rule instance that has succeeded: when, and what it was then.
struct RuleRecord: Equatable, Sendable {
  /// Of the last run: what is newer among the prerequisites is a reason to run again.
  let stamp: LogicalStamp
  /// When the output was last another than before: who reads it compares with this, so that a run that made the same
  /// again starts nothing.
  let changed: LogicalStamp
  /// Of the recipe, the prerequisites' names and what else make's database says of the rule.
  let signature: Digest

  init(stamp: LogicalStamp, changed: LogicalStamp, signature: Digest) {
    self.stamp = stamp
    self.changed = changed
    self.signature = signature
  }

  init?(_ bytes: [UInt8]) {
    var reader = FieldReader(bytes)
    guard let stamp = reader.number(), let signature = reader.field().flatMap(Digest.init(bytes:)) else {
      return nil
    }
    self.init(
      stamp: LogicalStamp(value: stamp), changed: LogicalStamp(value: reader.number() ?? stamp),
      signature: signature)
  }

  var bytes: [UInt8] {
    var writer = FieldWriter()
    writer.add(stamp.value)
    writer.add(signature.bytes)
    writer.add(changed.value)
    return writer.bytes
  }
}
