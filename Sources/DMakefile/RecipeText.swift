import Model

/// What follows from a recipe's text alone: the rules of a pattern share it, whatever their targets.
final class RecipeText {
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
  /// All names that it refers to, with those that its environment needs, whether or not there are such variables; nil
  /// if they may be any.
  let mentioned: SortedSet<String>?
  let assignsOnly: Bool
  /// Of a rule's signature, what stands before and behind the names of the prerequisites.
  private let head: String
  private let tail: String

  init(_ recipe: String, _ graph: Graph, _ budget: AnalysisBudget) {
    let translation = graph.translation
    let text = Self.writtenOut(recipe, graph.database, budget)
    budget.spend(text.utf8.count)
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
      guard site.isOfTemplate, budget.spend(text.utf8.count) else { return site }
      return TemplateReads.completed(site, in: text)
    }
    references = VariableReferences.found(in: [text], graph.database, budget).names
    let lines = text.utf8.split(separator: Byte.newline)
      .filter { !$0.allSatisfy(Byte.isBlank) }.map(Substring.init)
    let assigning = lines.filter { $0.contains(Self.recordMark) }
    assignsOnly = !lines.isEmpty && assigning.count == lines.count
    let head = Self.withoutNumbers(text, translation)
    self.head = head
    // What a recipe finds in its environment, and who runs it, is of every rule.
    let always = (graph.exports.names + ["SHELL", ".SHELLFLAGS"]).map { "$(\($0))" }.joined()
    tail = Self.definitions(in: head + always, graph.database, budget)
    let found = VariableReferences.found(in: [text, always], graph.database, budget)
    mentioned = found.isComplete && !graph.exports.isEverything ? found.mentioned : nil
  }

  /// The numbers of tags and assignments change when a line is added above, which changes no rule: they are left out,
  /// and what they stand for is put in their place.
  private static func withoutNumbers(_ text: String, _ translation: Translation) -> String {
    let tags = replaced(in: text, behind: "DMAKE_V") { number, _ in
      let tag = translation.tags(ofVariable: number).first
      return (tag.map { "\($0.file){\($0.tag)}" } ?? "", 0)
    }
    let end = " $@"
    return replaced(in: tags, behind: recordMark) { number, rest in
      guard rest.starts(with: end.utf8) else { return nil }
      return (translation.site(number: number).map { "{\($0.tag)}" } ?? "", end.utf8.count)
    }
  }

  /// The text with something else for each mark with a number behind it, and for what of the rest `replacement` takes;
  /// nil leaves it.
  private static func replaced(
    in text: String, behind mark: String,
    _ replacement: (Int, ArraySlice<UInt8>) -> (text: String, taken: Int)?
  ) -> String {
    guard text.contains(mark) else { return text }
    let bytes = Array(text.utf8)
    let mark = Array(mark.utf8)
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var next = 0
    while next < bytes.count {
      if bytes[next] == mark[0], bytes[next...].starts(with: mark) {
        let digits = bytes[(next + mark.count)...].prefix { $0 >= 0x30 && $0 <= 0x39 }
        if let number = Int(digits.text), let found = replacement(number, bytes[digits.endIndex...]) {
          result += found.text.utf8
          next = digits.endIndex + found.taken
          continue
        }
      }
      result.append(bytes[next])
      next += 1
    }
    return result.text
  }

  /// Whether the tag is all of an assignment's value, so that its values are copied from their file.
  func isCopied(_ tag: TagReference) -> Bool {
    guard case .assigned(let number) = tag.role else { return false }
    return sites.contains { $0.number == number && $0.isCopy }
  }

  /// What a signature costs of an ``AnalysisBudget``, beside its names.
  var signatureSteps: Int { (head.utf8.count + tail.utf8.count) / 8 }

  /// Of the rule with this recipe and these prerequisites, without variables of targets.
  func signature(names: [String]) -> Digest {
    let names = names.filter { !Self.isEvent($0) }.joined(separator: "\0")
    return Digest(of: Array("\(head)\0\(names)\(tail)".utf8))
  }

  /// Definitions of variables of targets as a part of a signature, with all that they refer to.
  static func text(of definitions: [String], in graph: Graph, _ budget: AnalysisBudget) -> String {
    let text = definitions.map { "\0\(withoutEvents($0))" }.joined()
    guard budget.spend(text.utf8.count) else { return "" }
    return text + Self.definitions(in: text, graph.database, budget)
  }

  /// The definitions of all variables that a text refers to: if a name is computed, all of the policy's.
  private static func definitions(
    in text: String, _ database: Database, _ budget: AnalysisBudget
  ) -> String {
    let names =
      VariableReferences.closure(of: [text], in: database, budget)?.elements
      ?? database.variables.keys.filter { name in
        database.variables[name]?.isOfPolicy == true && !name.hasPrefix("DMAKE_")
      }
    let steps = names.reduce(0) { $0 + $1.utf8.count + (database.variables[$1]?.value.utf8.count ?? 0) }
    guard budget.spend(steps) else { return "" }
    return names.filter { $0 == ".DEFAULT_GOAL" || !Exports.isOfMake($0) }.map {
      "\0\($0)=\(withoutEvents(database.variables[$0]?.value ?? ""))"
    }.joined()
  }

  /// The recipe with the texts of canned recipes that were written out for it.
  private static func writtenOut(
    _ recipe: String, _ database: Database, _ budget: AnalysisBudget, depth: Int = 0
  ) -> String {
    // An author's own variable of such a name may lead to itself.
    guard depth < CannedRecipe.depthLimit else { return "" }
    let mark = "$(\(CannedRecipe.prefix)"
    var result = ""
    var rest = recipe[...]
    while let start = rest.firstRange(of: mark) {
      let digits = rest[start.upperBound...].prefix { $0.isNumber }
      result += rest[..<start.lowerBound]
      if let canned = database.variables["\(CannedRecipe.prefix)\(digits)"] {
        let text = writtenOut(canned.value, database, budget, depth: depth + 1)
        guard budget.spend(text.utf8.count + AnalysisBudget.nameSteps) else { return result }
        result += text
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
  /// must be none of the rule (dmakefile(5), Events), however the rule found it: through `$(wildcard …)`, say.
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
