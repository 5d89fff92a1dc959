/// The file that holds what `X{tag}` is now: each value, then a newline; no bytes for no value.
///
/// So `read` of a shell, `wc -l`, `sort` and `$(file <…)` work on it. A single value keeps newlines of its own. Where
/// there are more, a newline inside of one would part it in two, and is written as a blank.
public enum ValueFile {
  public static func bytes(of values: [String]) -> [UInt8] {
    if values.count == 1 { return Array(values[0].utf8) + [Byte.newline] }
    return values.flatMap { value in value.utf8.map { $0 == Byte.newline ? Byte.space : $0 } + [Byte.newline] }
  }

  /// The values in a file, line by line: an empty line is an empty value.
  public static func values(in content: [UInt8]) -> [String] {
    var lines = content.split(separator: Byte.newline, omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines.map(\.text)
  }
}
