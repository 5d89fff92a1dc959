import FileTree
import Model

/// Something that rules read, as it was when it last changed.
struct InputRecord: Equatable, Sendable {
  let stamp: LogicalStamp
  /// Nil where it was absent.
  let digest: Digest?
  /// The beginning of its text, for `status --why`.
  let text: String?

  init(stamp: LogicalStamp, content: Content?) {
    self.stamp = stamp
    digest = content?.digest
    text = content.map { Excerpt.text(of: $0) }
  }

  /// Whether the text is all of it.
  var isWhole: Bool { text.map { Digest(of: $0.utf8) } == digest }

  init?(_ bytes: [UInt8]) {
    var reader = FieldReader(bytes)
    guard let stamp = reader.number(), let digest = reader.field(), let text = reader.optionalText() else {
      return nil
    }
    self.stamp = LogicalStamp(value: stamp)
    self.digest = Digest(bytes: digest)
    self.text = text
  }

  var bytes: [UInt8] {
    var writer = FieldWriter()
    writer.add(stamp.value)
    writer.add(digest?.bytes ?? [])
    writer.add(text)
    return writer.bytes
  }
}
