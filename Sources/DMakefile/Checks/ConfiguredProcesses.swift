import Model

/// The processes that the configurations of a policy name, as far as its texts show them.
struct ConfiguredProcesses {
  /// Nil where there is no configuration, or one whose names are put together only when a recipe runs.
  let names: SortedSet<String>?

  init(_ text: PolicyText) {
    var names: SortedSet<String> = []
    for file in text.bundle.files {
      let content = file.content.text
      let isData = text[file.path.text] != nil || file.path.text.hasSuffix(".xml")
      // A program may write a configuration in words of its own.
      if !isData, content.contains("process") {
        self.names = nil
        return
      }
      let found = Self.values(content, behind: "<process") + Self.values(content, behind: "process[")
      if content.contains("process/@name") || content.contains("<xi:") || found.contains(nil) {
        self.names = nil
        return
      }
      names.formUnion(found.compactMap { $0 })
    }
    self.names = names.isEmpty ? nil : names
  }

  /// What stands in quotes behind `name=`; nil for what is no plain name.
  private static func values(_ content: String, behind mark: String) -> [String?] {
    var result: [String?] = []
    var rest = content[...]
    while let start = rest.firstRange(of: mark) {
      rest = rest[start.upperBound...]
      // `<processes>`, say.
      guard let next = rest.utf8.first, next == Byte.at || Byte.isSpace(next) else { continue }
      let attributes = rest.prefix { $0 != ">" && $0 != "]" }
      guard let name = attributes.firstRange(of: "name=") else {
        result.append(nil)
        continue
      }
      let value = attributes[name.upperBound...].drop { "\\'\"".contains($0) }.prefix { !"\\'\"".contains($0) }
      result.append((try? ProcessName(String(value)))?.text)
    }
    return result
  }
}
