/// A makefile's bytes with the starts of its lines. As an object it is named by each rule and finding of thousands.
final class SourceText: Sendable {
  let file: String
  /// As make reads them: it takes CR LF for the end of a line.
  let bytes: [UInt8]
  /// As they are in the file.
  let written: [UInt8]
  /// The index of each line's first byte; the last line may have no newline.
  private let starts: [Int]

  init(file: String, bytes: [UInt8]) {
    self.file = file
    written = bytes
    var bytes = bytes
    if bytes.contains(Byte.carriageReturn) {
      bytes = bytes.indices.filter { !bytes.starts(with: "\r\n", at: $0) }.map { bytes[$0] }
    }
    self.bytes = bytes
    var starts = [0]
    for (index, byte) in bytes.enumerated() where byte == Byte.newline { starts.append(index + 1) }
    self.starts = starts
  }

  /// How many lines there are; an empty rest behind the last newline is none.
  var lineCount: Int { starts.last == bytes.count ? starts.count - 1 : starts.count }

  /// The bytes of a line, from 1, without its newline.
  func line(_ number: Int) -> Range<Int> {
    guard number >= 1, number <= starts.count else { return bytes.count..<bytes.count }
    let end = number < starts.count ? starts[number] - 1 : bytes.count
    return starts[number - 1]..<end
  }

  /// Line and column (in bytes), both from 1.
  func position(of index: Int) -> (line: Int, column: Int) {
    var low = 0
    var high = starts.count
    while low + 1 < high {
      let middle = (low + high) / 2
      if starts[middle] <= index { low = middle } else { high = middle }
    }
    return (low + 1, index - starts[low] + 1)
  }
}
