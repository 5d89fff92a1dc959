import Glibc
import Linux

/// What a command prints, through a pipe; of more than its limit only the beginning. For one thread, which never waits.
final class CommandOutput {
  enum State {
    case more
    /// Until the pipe is readable again.
    case empty
    case ended
  }

  let reading: CInt
  /// The command's end.
  private(set) var writing: CInt
  private(set) var text: [UInt8] = []
  private(set) var isTooLong = false
  private let limitBytes: Int

  init(limitBytes: Int) throws(SystemError) {
    self.limitBytes = limitBytes
    (reading, writing) = try OutputPipe.make()
  }

  deinit {
    close(reading)
    closeWriting()
  }

  /// The command has its own.
  func closeWriting() {
    if writing >= 0 { close(writing) }
    writing = -1
  }

  /// Takes a part of what is there.
  func take() -> State {
    var room = [UInt8](repeating: 0, count: 16 << 10)
    let count = read(reading, &room, room.count)
    if count < 0 { return errno == EINTR ? .more : errno == EAGAIN ? .empty : .ended }
    if count == 0 { return .ended }
    let left = limitBytes - text.count
    isTooLong = isTooLong || count > left
    text += room[..<min(count, left)]
    return .more
  }

  /// What is left in the pipe of a command that has ended, as far as it matters.
  func takeRest() { while !isTooLong, take() == .more {} }

  /// For a sentence: in one line, and without what draws on a terminal.
  var words: String {
    let lines = String(decoding: text, as: UTF8.self).split { $0.isNewline }
    let shown = lines.joined(separator: "; ").unicodeScalars.map {
      $0.value < 0x20 || $0.value == 0x7f ? " " : $0
    }
    return String(String.UnicodeScalarView(shown)) + (isTooLong ? "…" : "")
  }
}
