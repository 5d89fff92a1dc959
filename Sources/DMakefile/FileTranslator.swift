import Model

/// Translates one makefile; see ``Translator``.
struct FileTranslator {
  /// A replacement of some bytes of the source.
  struct Edit {
    let range: Range<Int>
    let text: [UInt8]
  }

  /// The rule whose recipe is being read.
  struct OpenRule {
    /// The targets as the appendix can name them.
    let targets: String
    /// Where a note of the targets can be put into the rule's line.
    let end: Int
    let isPattern: Bool
    /// Where variables stand in the targets, or a conditional around them: the variable that keeps what they mean
    /// at this line, since both may be another at the end of the file.
    let guardVariable: String?
    /// The prerequisites as they are written, to tell reads that nothing declares.
    let declared: SortedSet<String>
    /// What the recipe's lines before, which are one text under `.ONESHELL`, have left open.
    var contexts: [RecipeTagFinder.Context] = []
  }

  let source: SourceText
  let lines: [LogicalLine]
  let facts: PolicyFacts
  var state: TranslationState
  var edits: [Edit] = []
  var appendix: [String] = []
  var rule: OpenRule?
  var keptTargets: SortedSet<String> = []
  private var hasForeignPrefix = false

  init(_ source: SourceText, _ lines: [LogicalLine], _ facts: PolicyFacts, state: TranslationState) {
    self.source = source
    self.lines = lines
    self.facts = facts
    self.state = state
  }

  var bytes: [UInt8] { source.bytes }
  var isTransparent: Bool { edits.isEmpty && appendix.isEmpty }

  mutating func run() {
    for (index, line) in lines.enumerated() {
      switch line.kind {
      case .rule, .targetVariable: translateRule(line)
      case .recipe: translateRecipe(line)
      case .annotation: annotate(line, rule: annotatedRule(after: index))
      case .define: checkDefine(line)
      case .variable: translateVariable(line)
      case .other:
        rule = nil
        reportAssignment(line)
      case .directive:
        rule = nil
        if let definition = MakeText.definition(bytes, line.range) { translateNames(definition) }
      case .include: rule = nil
      case .blank, .comment, .conditional: break
      }
    }
    if hasForeignPrefix, !isTransparent { reportRecipePrefix() }
  }

  /// The source with the edits, then the appendix.
  var translated: [UInt8] {
    if isTransparent { return bytes }
    var result: [UInt8] = []
    var next = 0
    for edit in edits.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
      guard edit.range.lowerBound >= next else { continue }
      result += bytes[next..<edit.range.lowerBound] + edit.text
      next = edit.range.upperBound
    }
    result += bytes[next...]
    if appendix.isEmpty { return result }
    if result.last != Byte.newline { result.append(Byte.newline) }
    return result + Array(appendix.joined(separator: "\n").utf8) + [Byte.newline]
  }

  mutating func replace(_ range: Range<Int>, _ text: String) { replace(range, Array(text.utf8)) }
  mutating func replace(_ range: Range<Int>, _ text: [UInt8]) { edits.append(Edit(range: range, text: text)) }

  func place(of index: Int) -> SourcePlace {
    SourcePlace(file: source.file, line: source.position(of: index).line)
  }

  private mutating func translateVariable(_ line: LogicalLine) {
    rule = nil
    let words = MakeText.words(bytes, line.range)
    if words.first?.hasPrefix(".RECIPEPREFIX") == true { hasForeignPrefix = true }
    reportAssignment(line)
    if let definition = MakeText.definition(bytes, line.range) { translateNames(definition) }
  }

  /// Replaces the tags of a variable by the names of their files, as `$^` has them.
  mutating func translateNames(_ definition: MakeText.Definition) {
    let (tags, mistakes) = PolicyFacts.tags(bytes, definition)
    mistakes.forEach { report($0) }
    replace(tags, .variable)
  }

  private mutating func checkDefine(_ line: LogicalLine) {
    rule = nil
    let finder = TagFinder(bytes, line.range, .value)
    for tag in finder.tags {
      report(
        .tagInDefine, .warning, tag.range, "a tag inside `define` is not translated",
        note: "the text of a variable has no rule whose environment could carry the value",
        hint: "write the line with the tag in the rule's recipe itself")
    }
  }
}
