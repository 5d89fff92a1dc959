import Model

extension AllowList {
  /// Reads a list: a permission a line, an executable and what belongs to it.
  ///
  ///     # The tier's load balancer
  ///     /usr/sbin/haproxy    user=haproxy group=ssl folder=/srv/haproxy/**
  ///     /opt/app/bin/*       user=app,www-data env=APP_*,LANG
  ///
  /// - Parameter file: what it is called in messages.
  public init(text: String, file: String) throws(AllowListProblem) {
    var lines: [Line] = []
    let parts = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
    for (position, part) in parts.enumerated() {
      do throws(AllowListProblem.Reason) {
        if let line = try Self.line(part, number: position + 1) { lines.append(line) }
      } catch {
        throw AllowListProblem("\(file):\(position + 1): \(error.text)")
      }
    }
    self.file = file
    self.lines = lines
  }

  private static func line(
    _ scalars: Substring.UnicodeScalarView, number: Int
  ) throws(AllowListProblem.Reason) -> Line? {
    if let control = scalars.first(where: { $0.value < 0x20 && $0 != "\t" || $0.value == 0x7f }) {
      let code = String(control.value, radix: 16)
      throw .init("a control character (U+\(code)) stands in the line; lines end with a line feed alone")
    }
    let words = scalars.split { $0 == " " || $0 == "\t" }.map(String.init)
    guard let first = words.first, first.unicodeScalars.first != "#" else { return nil }
    let executable = try PathPattern(first)
    var values = SortedMap<String, [String]>()
    for word in words.dropFirst() {
      let (key, list) = try value(word)
      if values[key] != nil { throw .init("`\(key)=` stands there twice; write one list with commas") }
      values[key] = list
    }
    guard let users = values["user"] else {
      throw .init("no `user=` says who `\(first)` may run as; write names or numbers, or `user=*` for anyone")
    }
    var folders: [PathPattern] = []
    for folder in values["folder"] ?? [] { folders.append(try PathPattern(folder)) }
    return Line(
      number: number, executable: executable, users: try accounts(users),
      groups: try accounts(values["group"] ?? []),
      folders: folders, variables: (values["env"] ?? []).map { NamePattern($0.unicodeScalars) })
  }

  private static func value(_ word: String) throws(AllowListProblem.Reason) -> (String, [String]) {
    let pair = word.unicodeScalars.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let key = String(pair[0])
    guard pair.count == 2, ["user", "group", "folder", "env"].contains(key) else {
      throw .init(
        "`\(word)` is neither user=, group=, folder= nor env=; a blank in a path is written `?`")
    }
    let list = pair[1].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    if list.contains("") { throw .init("`\(word)` has an empty name; write names with commas between them") }
    return (key, list)
  }

  private static func accounts(_ names: [String]) throws(AllowListProblem.Reason) -> AllowedAccounts {
    if names == ["*"] { return AllowedAccounts(areAll: true, names: names) }
    if let name = names.first(where: { $0.unicodeScalars.contains("*") || $0.unicodeScalars.contains("?") }) {
      throw .init("`\(name)` is no name; users and groups have no patterns, but `*` alone stands for all")
    }
    return AllowedAccounts(areAll: false, names: names)
  }
}

/// An allow-list that makes no sense: the file, the line and what to do.
public struct AllowListProblem: Error, Equatable, Sendable, CustomStringConvertible {
  /// What is wrong in a line that is named elsewhere.
  struct Reason: Error {
    let text: String
    init(_ text: String) { self.text = text }
  }

  public let description: String
  init(_ description: String) { self.description = description }
}
