import Model

/// Translates one makefile; see ``Translator``.
struct FileTranslator {
  /// A replacement of some bytes of the source.
  struct Edit {
    let range: Range<Int>
    let text: [UInt8]

    /// What is put before a place stands before what takes its bytes away.
    static func inOrder(_ left: Edit, _ right: Edit) -> Bool {
      (left.range.lowerBound, left.range.upperBound) < (right.range.lowerBound, right.range.upperBound)
    }
  }

  /// A rule whose recipe may be what is being read.
  struct OpenRule {
    /// The targets as the appendix can name them.
    let targets: String
    /// Where a note of the targets can be put into the rule's line.
    let end: Int
    /// Where its line begins.
    let start: Int
    let isPattern: Bool
    /// Where variables stand in the targets, or a conditional around them: the variable that keeps what they mean
    /// at this line, since both may be another at the end of the file.
    let guardVariable: String?
    /// The prerequisites as they are written, to tell reads that nothing declares.
    let declared: SortedSet<String>
    /// What it makes: files and tags as they are written. What it made before is no prerequisite of it.
    let made: SortedSet<String>
    /// Whether make is yet to expand some of them.
    let declaresUnknown: Bool
  }

  let source: SourceText
  let lines: [LogicalLine]
  let facts: PolicyFacts
  var state: TranslationState
  var edits: [Edit] = []
  var appendix: [String] = []
  /// One, or more where conditionals say which of them a recipe belongs to.
  var rules: [OpenRule] = []
  /// What the recipe's lines before, which are one text under `.ONESHELL`, have left open.
  var contexts: [RecipeTagFinder.Context] = []
  var keptTargets: SortedSet<String> = []
  /// What is translated is the text of rules that `$(eval …)` makes.
  var isTemplate = false
  /// Where the last such text ends.
  var templateEnd = 0
  /// Where the bytes came from, if they are put together from several places.
  var origin: ComposedText?
  /// The canned recipes whose text this is, from the outermost.
  var openRecipes: [String] = []
  private var hasForeignPrefix = false
  var branches = Branches<Int>()
  private var alternatives = Alternatives<OpenRule>()
  /// Where a conditional stands above and no recipe since: which rules may be open.
  private var pending: Int?
  /// How many rules that may be open were gone through, for the limit.
  private var settledCount = 0
  /// Whether a rule or its recipe is above, with nothing between but blank lines, comments and lines that lost their
  /// tab.
  private(set) var isBelowRule = false
  /// The rule that the annotations before the line with this index are about.
  private var annotated: (end: Int, rule: AnnotatedRule?) = (0, nil)

  init(_ source: SourceText, _ lines: [LogicalLine], _ facts: PolicyFacts, state: TranslationState) {
    self.source = source
    self.lines = lines
    self.facts = facts
    self.state = state
  }

  var bytes: [UInt8] { source.bytes }
  var isTransparent: Bool { edits.isEmpty && appendix.isEmpty }

  mutating func closeRule() {
    rules = []
    pending = nil
    contexts = []
  }

  mutating func run() {
    for (index, line) in lines.enumerated() {
      switch line.kind {
      case .rule, .targetVariable: translateRule(line)
      case .recipe:
        settleRules(line)
        translateRecipe(line)
      case .annotation:
        // Thousands may stand above one rule.
        if index >= annotated.end { annotated = annotatedRule(after: index) }
        annotate(line, rule: annotated.rule)
      case .define, .defined, .endef: translateTemplate(line)
      case .variable: translateVariable(line)
      case .other:
        closeRule()
        reportAssignment(line)
        translateEvals(line)
      case .directive:
        closeRule()
        translateEvals(line)
        if let definition = MakeText.definition(bytes, line.range) { translateNames(definition) }
      case .include: closeRule()
      case .conditional:
        reportCondition(line)
        takeConditional(line)
      case .blank, .comment: break
      }
      switch line.kind {
      case .rule, .recipe: isBelowRule = true
      case .blank, .comment: break
      case .other where bytes[line.range].first == Byte.space: break
      default: isBelowRule = false
      }
    }
    if hasForeignPrefix { reportRecipePrefix() }
  }

  mutating func takeConditional(_ line: LogicalLine) {
    let open = pending ?? alternatives.note(rules)
    pending = alternatives.join(branches.take(MakeText.words(bytes, line.range), [open]))
  }

  /// Says which rules a line of a recipe may belong to.
  mutating func settleRules(_ line: LogicalLine) {
    guard let pending else { return }
    self.pending = nil
    var starts: SortedSet<Int> = []
    rules = alternatives.states(of: pending).filter { rule in
      defer { starts.insert(rule.start) }
      return !starts.contains(rule.start)
    }
    if settledCount <= Self.settledLimit, settledCount + rules.count > Self.settledLimit {
      reportTooManyRules(line)
    }
    settledCount += rules.count
    if settledCount > Self.settledLimit { rules = [] }
  }

  private static let settledLimit = 1 << 17

  /// The source with the edits, then the appendix.
  var translated: [UInt8] {
    if isTransparent { return source.written }
    var result: [UInt8] = []
    var next = 0
    for edit in edits.sorted(by: Edit.inOrder) {
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

  /// The author's makefile with the byte at an index, and where it is there.
  func author(of index: Int) -> (source: SourceText, index: Int) {
    origin?.origin(of: index) ?? (source, index)
  }

  func place(of index: Int) -> SourcePlace {
    let (source, index) = author(of: index)
    return SourcePlace(file: source.file, line: source.position(of: index).line)
  }

  private mutating func translateVariable(_ line: LogicalLine) {
    closeRule()
    let words = MakeText.words(bytes, line.range)
    if words.first?.hasPrefix(".RECIPEPREFIX") == true { hasForeignPrefix = true }
    reportAssignment(line)
    translateEvals(line)
    if let definition = MakeText.definition(bytes, line.range) { translateNames(definition) }
  }

  /// Replaces the tags of a variable by the names of their files, as `$^` has them.
  mutating func translateNames(_ definition: MakeText.Definition) {
    let (tags, mistakes) = PolicyFacts.tags(bytes, definition)
    mistakes.forEach { report($0) }
    replace(tags, .variable)
  }
}
