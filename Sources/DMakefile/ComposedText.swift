/// Text that was put together of pieces of makefiles, which still knows where each byte came from.
struct ComposedText {
  private struct Span {
    let start: Int
    let source: SourceText
    /// The span's first byte in the source.
    let offset: Int
  }

  private(set) var bytes: [UInt8] = []
  private var spans: [Span] = []

  init() {}

  init(_ source: SourceText, _ range: Range<Int>) { append(source, range) }

  mutating func append(_ source: SourceText, _ range: Range<Int>) {
    guard !range.isEmpty else { return }
    spans.append(Span(start: bytes.count, source: source, offset: range.lowerBound))
    bytes += source.bytes[range]
  }

  mutating func append(_ other: ComposedText) {
    spans += other.spans.map { Span(start: bytes.count + $0.start, source: $0.source, offset: $0.offset) }
    bytes += other.bytes
  }

  func slice(_ range: Range<Int>) -> ComposedText {
    var result = ComposedText()
    for (number, span) in spans.enumerated() {
      let end = number + 1 < spans.count ? spans[number + 1].start : bytes.count
      let part =
        max(span.start, range.lowerBound)..<max(max(span.start, range.lowerBound), min(end, range.upperBound))
      let offset = span.offset + part.lowerBound - span.start
      result.append(span.source, offset..<offset + part.count)
    }
    return result
  }

  /// The makefile that a byte came from, and its index there.
  func origin(of index: Int) -> (source: SourceText, index: Int)? {
    guard let span = spans.last(where: { $0.start <= index }) ?? spans.first else { return nil }
    return (span.source, span.offset + max(0, index - span.start))
  }

  /// The text with arguments in the places of `$1`, `$(2)` and so on, as `$(call …)` gives them. `$0` is the name.
  /// It ends soon after the limit, since text that names a parameter twice doubles it.
  func applied(to arguments: [ComposedText], limitBytes: Int) -> ComposedText {
    var result = ComposedText()
    var start = 0
    var next = 0
    while next + 1 < bytes.count, result.bytes.count <= limitBytes {
      guard bytes[next] == Byte.dollar else {
        next += 1
        continue
      }
      guard let (number, end) = parameter(next) else {
        next += bytes[next + 1] == Byte.dollar ? 2 : 1
        continue
      }
      result.append(slice(start..<next))
      if number <= arguments.count { result.append(arguments[number - 1]) }
      next = end
      start = end
    }
    result.append(slice(start..<bytes.count))
    return result
  }

  /// `$1` and `$(1)`, from 1, and the index behind it.
  private func parameter(_ index: Int) -> (number: Int, end: Int)? {
    let isLong = "({".utf8.contains(bytes[index + 1])
    let end = isLong ? MakeText.skipReference(bytes, index, bytes.count) : index + 2
    let digits = isLong ? bytes[(index + 2)..<max(index + 2, end - 1)] : bytes[(index + 1)..<end]
    guard !digits.isEmpty, digits.count < 4, digits.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
      let number = Int(digits.text), number > 0
    else { return nil }
    return (number, end)
  }
}
