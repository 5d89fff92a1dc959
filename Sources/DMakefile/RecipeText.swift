import Model

/// What follows from a recipe's text alone: the rules of a pattern share it, whatever their targets.
struct RecipeText {
  let text: String
  /// The values that it reads by tags.
  let tags: [TagReference]
  /// Variables that hold values, of a rule that `$(eval …)` made.
  let templateVariables: SortedSet<String>
  /// Whether such a rule assigns values of tags.
  let hasTemplateValues: Bool
  /// Its assignment lines.
  let sites: [AssignmentSite]
  /// The variables that it refers to, and those that these refer to.
  let references: SortedSet<String>
  let assignsOnly: Bool
  /// Of a rule's signature, what stands before and behind the names of the prerequisites.
  private let head: String
  private let tail: String

  init(_ recipe: String, _ graph: Graph) {
    let translation = graph.translation
    let text = Self.writtenOut(recipe, graph.database)
    self.text = text
    let variables = Self.numbers(in: text, behind: "DMAKE_V")
    let numbers = Self.numbers(in: text, behind: Self.recordMark)
    let all =
      variables.elements.flatMap(translation.tags(ofVariable:))
      + numbers.elements.flatMap(translation.tags(ofAssignment:))
    tags = all.filter { !$0.isOfTemplate }
    let ofTemplates = all.filter(\.isOfTemplate)
    templateVariables = SortedSet(
      ofTemplates.compactMap { if case .recipe(let number) = $0.role { "DMAKE_V\(number)" } else { nil } })
    hasTemplateValues = ofTemplates.count > templateVariables.count
    sites = numbers.elements.compactMap(translation.site(number:)).map { site in
      site.isOfTemplate ? TemplateReads.completed(site, in: text) : site
    }
    references = VariableReferences.found(in: [text], graph.database).names
    let lines = text.utf8.split(separator: Byte.newline)
      .filter { !$0.allSatisfy(Byte.isBlank) }.map(Substring.init)
    let assigning = lines.filter { $0.contains(Self.recordMark) }
    assignsOnly = !lines.isEmpty && assigning.count == lines.count
    // The numbers of tags and assignments change when a line is added above, which changes no rule: they are left
    // out, and what they stand for is put in their place.
    var head = text
    for number in variables.reversed() {
      let tag = translation.tags(ofVariable: number).first
      head = head.replacing("DMAKE_V\(number)", with: tag.map { "\($0.file){\($0.tag)}" } ?? "")
    }
    for number in numbers.reversed() {
      let site = translation.site(number: number)
      head = head.replacing(AssignmentRecord.head(number), with: site.map { "{\($0.tag)}" } ?? "")
    }
    self.head = head
    // What a recipe finds in its environment, and who runs it, is of every rule.
    let always = (graph.exports.names + ["SHELL", ".SHELLFLAGS"]).map { "$(\($0))" }.joined()
    tail = Self.definitions(in: head + always, graph.database)
  }

  /// Of the rule with this recipe, these prerequisites and variables of its own.
  func signature(names: [String], variables: [TargetVariable], in graph: Graph) -> Digest {
    let names = names.filter { !Self.isEvent($0) }.joined(separator: "\0")
    return Digest(of: Array("\(head)\0\(names)\(tail)\(Self.text(of: variables, in: graph))".utf8))
  }

  /// Variables of a target as a part of a signature, with all that they refer to.
  static func text(of variables: [TargetVariable], in graph: Graph) -> String {
    if variables.isEmpty { return "" }
    let text = variables.map { "\0\(withoutEvents(graph.text(of: $0)))" }.joined()
    return text + definitions(in: text, graph.database)
  }

  /// The definitions of all variables that a text refers to: if a name is computed, all of the policy's.
  private static func definitions(in text: String, _ database: Database) -> String {
    let names =
      VariableReferences.closure(of: [text], in: database)?.elements
      ?? database.variables.keys.filter { name in
        database.variables[name]?.isOfPolicy == true && !name.hasPrefix("DMAKE_")
      }
    return names.filter { !Exports.isOfMake($0) }.map {
      "\0\($0)=\(withoutEvents(database.variables[$0]?.value ?? ""))"
    }.joined()
  }

  /// The recipe with the texts of canned recipes that were written out for it.
  private static func writtenOut(_ recipe: String, _ database: Database) -> String {
    let mark = "$(\(CannedRecipe.prefix)"
    var result = ""
    var rest = recipe[...]
    while let start = rest.firstRange(of: mark) {
      let digits = rest[start.upperBound...].prefix { $0.isNumber }
      result += rest[..<start.lowerBound]
      if let canned = database.variables["\(CannedRecipe.prefix)\(digits)"] {
        result += writtenOut(canned.value, database)
      }
      rest = rest[digits.endIndex...].dropFirst()
    }
    return result + rest
  }

  private static let recordMark = AssignmentRecord.mark

  /// The numbers that stand directly behind a text.
  private static func numbers(in recipe: String, behind mark: String) -> SortedSet<Int> {
    let bytes = Array(recipe.utf8)
    let mark = Array(mark.utf8)
    var result: SortedSet<Int> = []
    var next = 0
    while let start = bytes[next...].firstIndex(of: mark[0]) {
      next = start + 1
      guard bytes[start...].starts(with: mark) else { continue }
      next = start + mark.count
      if let number = Int(bytes[next...].prefix { $0 >= 0x30 && $0 <= 0x39 }.text) { result.insert(number) }
    }
    return result
  }

  /// Event files come and go. That one comes is a change of what the rule reads; that it goes, once it was handled,
  /// must be none of the rule (DESIGN 3b, rule 9), however the rule found it: through `$(wildcard …)`, say.
  private static func isEvent(_ name: some StringProtocol) -> Bool {
    // A quick look at the bytes: most names have neither.
    guard name.utf8.contains(UInt8(ascii: "-")) else { return false }
    let path = name.firstRange(of: "/~").map { name[..<$0.lowerBound] } ?? name[...]
    let last = path.lastIndex(of: "/").map { path[path.index(after: $0)...] } ?? path
    return [TreePath.stopProcFile, TreePath.newNodeFile, TreePath.failNodeFile].contains { last == $0 }
  }

  private static func withoutEvents(_ value: String) -> String {
    let hasEvents = [TreePath.stopProcFile, TreePath.newNodeFile, TreePath.failNodeFile]
      .contains { value.contains("/" + $0) }
    return hasEvents ? value.split(separator: " ").filter { !isEvent($0) }.joined(separator: " ") : value
  }
}
