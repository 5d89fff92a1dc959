import Model

/// What of a goal follows from its recipe's text.
struct GoalDraft {
  let prerequisites: [String]
  let recipeReads: [String]
  let assigned: [ValueReference]
  let assignsOnly: Bool
  let signature: Digest

  init(
    graph: Graph, target: String, recipe: String, stem: String?, prerequisites: [String], orderOnly: [String]
  ) {
    let plain = Expander(
      database: graph.database, target: target, stem: stem ?? "", prerequisites: prerequisites)
    // `.SECONDEXPANSION` leaves references in prerequisites.
    let expanded = prerequisites.flatMap { $0.contains("$") ? plain.words($0) ?? [] : [$0] }
    self.prerequisites = expanded
    let expander = Expander(
      database: graph.database, target: target, stem: stem ?? "", prerequisites: expanded)
    let variables = Self.numbers(in: recipe, behind: "DMAKE_V")
    let sites = Self.numbers(in: recipe, behind: Self.recordMark)
    var reads: SortedSet<String> = []
    let tags =
      variables.elements.flatMap(graph.translation.tags(ofVariable:))
      + sites.elements.flatMap(graph.translation.tags(ofAssignment:))
    for tag in tags {
      guard let name = expander.expand(HiddenSpace.encoded(written: tag.tag)) else { continue }
      for file in expander.words(tag.file) ?? [] { reads.insert("\(HiddenSpace.values)/\(file)/~\(name)") }
    }
    for name in Self.references(in: recipe, database: graph.database) {
      guard graph.database.variables[name]?.value.contains(HiddenSpace.values) == true else { continue }
      let words = expander.words("$(\(name))") ?? []
      for word in words where word.hasPrefix(HiddenSpace.values + "/") { reads.insert(word) }
    }
    recipeReads = reads.elements
    assigned = sites.elements.compactMap(graph.translation.site(number:))
      .flatMap { site -> [ValueReference] in
        guard let tag = site.isComputed ? expander.expand(site.tag) : site.tag else { return [] }
        return (expander.words(site.file) ?? []).compactMap { word in
          (try? TreePath(word)).map { ValueReference($0, tag: tag) }
        }
      }
    let lines = recipe.split(separator: "\n").filter { !$0.allSatisfy { $0 == "\t" || $0 == " " } }
    let assigning = lines.filter { $0.contains(Self.recordMark) }
    assignsOnly = !lines.isEmpty && assigning.count == lines.count
    signature = Self.signature(
      recipe, names: expanded + ["|"] + orderOnly, database: graph.database, tags: graph.translation)
  }

  private static let recordMark = AssignmentRecord.mark

  /// The numbers that stand directly behind a text.
  private static func numbers(in recipe: String, behind mark: String) -> SortedSet<Int> {
    guard recipe.contains(mark) else { return [] }
    return SortedSet(
      recipe.split(separator: mark).dropFirst(recipe.hasPrefix(mark) ? 0 : 1).compactMap {
        Int($0.prefix { $0.isNumber })
      })
  }

  /// The numbers of tags and assignments change when a line is added above, which changes no rule: they are left
  /// out, and what they stand for is put in their place.
  private static func signature(
    _ recipe: String, names: [String], database: Database, tags: Translation
  ) -> Digest {
    var text = recipe
    for number in numbers(in: recipe, behind: "DMAKE_V").reversed() {
      let tag = tags.tags(ofVariable: number).first
      text = text.replacing("DMAKE_V\(number)", with: tag.map { "\($0.file){\($0.tag)}" } ?? "")
    }
    for number in numbers(in: recipe, behind: recordMark).reversed() {
      let site = tags.site(number: number)
      text = text.replacing(AssignmentRecord.head(number), with: site.map { "{\($0.tag)}" } ?? "")
    }
    var input = text + "\0" + names.filter { !isEvent($0) }.joined(separator: "\0")
    for name in references(in: text, database: database) {
      input += "\0\(name)=\(withoutEvents(database.variables[name]?.value ?? ""))"
    }
    return Digest(of: Array(input.utf8))
  }

  /// Event files come and go. That one comes is a change of what the rule reads; that it goes, once it was handled,
  /// must be none of the rule (DESIGN 3b, rule 9), however the rule found it: through `$(wildcard …)`, say.
  private static func isEvent(_ name: some StringProtocol) -> Bool {
    let path = name.firstRange(of: "/~").map { name[..<$0.lowerBound] } ?? name[...]
    let last = path.lastIndex(of: "/").map { path[path.index(after: $0)...] } ?? path
    return [TreePath.stopProcFile, TreePath.newNodeFile, TreePath.failNodeFile].contains { last == $0 }
  }

  private static func withoutEvents(_ value: String) -> String {
    let hasEvents = [TreePath.stopProcFile, TreePath.newNodeFile, TreePath.failNodeFile]
      .contains { value.contains("/" + $0) }
    return hasEvents ? value.split(separator: " ").filter { !isEvent($0) }.joined(separator: " ") : value
  }

  /// The variables that a text refers to, and those that these refer to.
  private static func references(in text: String, database: Database) -> SortedSet<String> {
    var found: SortedSet<String> = []
    var waiting = [text]
    while let text = waiting.popLast() {
      for name in names(in: Array(text.utf8)) where !found.contains(name) {
        guard let variable = database.variables[name], variable.origin != .automatic else { continue }
        found.insert(name)
        waiting.append(variable.value)
      }
    }
    return found
  }

  private static func names(in bytes: [UInt8]) -> [String] {
    var result: [String] = []
    for (index, byte) in bytes.enumerated() where byte == Byte.dollar && index + 1 < bytes.count {
      let open = bytes[index + 1]
      if open == Byte.openParenthesis || open == Byte.openBrace {
        result.append(
          bytes[(index + 2)...].prefix { !Byte.isSpace($0) && !"$(){}:,=".utf8.contains($0) }.text)
      } else {
        result.append([open].text)
      }
    }
    return result
  }
}
