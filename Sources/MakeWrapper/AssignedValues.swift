import FileTree
import Model

/// What a rule instance assigned when it last succeeded: `X{tag}=Y`, each tag with its values in order.
struct AssignedValues: Equatable, Sendable {
  let stamp: LogicalStamp
  let values: SortedMap<ValueReference, [String]>

  init(stamp: LogicalStamp, values: SortedMap<ValueReference, [String]>) {
    self.stamp = stamp
    self.values = values
  }

  init?(_ bytes: [UInt8]) {
    var reader = FieldReader(bytes)
    guard let stamp = reader.number(), let count = reader.number() else { return nil }
    var values = SortedMap<ValueReference, [String]>()
    for _ in 0..<min(count, UInt64(bytes.count)) {
      guard let path = reader.text().flatMap({ try? TreePath($0) }), let tag = reader.text(),
        let number = reader.number(), number <= bytes.count
      else { return nil }
      var texts: [String] = []
      for _ in 0..<number {
        guard let text = reader.text() else { return nil }
        texts.append(text)
      }
      values[ValueReference(path, tag: tag)] = texts
    }
    self.init(stamp: LogicalStamp(value: stamp), values: values)
  }

  var bytes: [UInt8] {
    var writer = FieldWriter()
    writer.add(stamp.value)
    writer.add(UInt64(values.count))
    for (reference, texts) in values {
      writer.add(reference.path.text)
      writer.add(reference.tag ?? "")
      writer.add(UInt64(texts.count))
      for text in texts { writer.add(text) }
    }
    return writer.bytes
  }
}
