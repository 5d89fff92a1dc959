/// The file that holds what `X{tag}` is now: each value, then a newline; no bytes for no value.
///
/// So `read` of a shell, `wc -l` and `sort` work on it. A newline inside of a value would part it in two, and is
/// written as a blank, as XML itself does it in attributes.
public enum ValueFile {
  public static func bytes(of values: [String]) -> [UInt8] {
    values.flatMap { value in value.utf8.map { isLineBreak($0) ? Byte.space : $0 } + [Byte.newline] }
  }

  /// The content as a text, without line breaks at its end, as a shell's `$(…)` puts one in.
  public static func text(of content: [UInt8]) -> ArraySlice<UInt8> {
    let end = content.lastIndex { $0 != Byte.newline } ?? -1
    return content[...end]
  }

  private static func isLineBreak(_ byte: UInt8) -> Bool { byte == Byte.newline || byte == Byte.carriageReturn }

  /// The values in a file, line by line: an empty line is an empty value.
  public static func values(in content: [UInt8]) -> [String] {
    var lines = content.split(separator: Byte.newline, omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines.map(\.text)
  }
}
