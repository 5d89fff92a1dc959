import Model

extension FileTranslator {
  mutating func translateRule(_ line: LogicalLine) {
    guard let parts = MakeText.ruleParts(bytes, line.range) else { return }
    closeRule()
    if !isTemplate { reportLostTab(line) }
    let firstEdit = edits.count
    let targetTags = translateWords(parts.targets, role: .target)
    translateTargetVariables(parts.targets, targetTags)
    if line.kind == .targetVariable {
      if let definition = MakeText.definition(bytes, parts.prerequisites) {
        reportOpenTag(definition)
        translateNames(definition)
      }
      return
    }
    state.ruleCount += 1
    let targets = translatedBytes(parts.targets, since: firstEdit).split(whereSeparator: Byte.isSpace).map(
      \.text
    )
    .filter { $0 != "\\" }.joined(separator: " ")
    // `TARGETS: PATTERN: PREREQUISITES`
    let staticPattern = MakeText.ruleParts(bytes, parts.prerequisites)
    if let staticPattern { _ = translateWords(staticPattern.targets, role: .target) }
    let declared = staticPattern?.prerequisites ?? parts.prerequisites
    let tags = translateWords(declared, role: .prerequisite)
    let isPattern = MakeText.withoutReferences(bytes[parts.targets]).contains(Byte.percent)
    if isPattern { checkFolder(parts.targets, tags, targetTags) }
    checkStems(parts.targets, targetTags, tags, isImplicit: isPattern && staticPattern == nil)
    let isVariable = targets.contains("$") || line.isConditional
    let reads = MakeText.words(bytes, declared) + tags.map { bytes[$0.range].text }
    let rule = OpenRule(
      targets: targets, end: parts.targets.upperBound, start: line.range.lowerBound,
      isPattern: isPattern || staticPattern != nil,
      guardVariable: isVariable && !isTemplate ? "DMAKE_T\(state.ruleCount)" : nil,
      declared: SortedSet(reads),
      made: SortedSet(MakeText.words(bytes, parts.targets) + targetTags.map { bytes[$0.range].text }),
      declaresUnknown: reads.contains { $0.contains("$") })
    rules = [rule]
    if let recipe = parts.recipe { translateRecipe(recipe) }
  }

  /// Replaces the tags of targets or prerequisites by the names of their files.
  private mutating func translateWords(_ range: Range<Int>, role: TagReference.Role) -> [FoundTag] {
    let finder = TagFinder(bytes, range, .rule)
    finder.mistakes.forEach { report($0) }
    replace(finder.tags, role)
    return finder.tags
  }

  /// Puts the names of the tags' files into their places.
  mutating func replace(_ tags: [FoundTag], _ role: TagReference.Role) {
    let folder = role == .target ? HiddenSpace.outputs : HiddenSpace.values
    var wrapped: Range<Int>?
    for tag in tags where checkPath(tag) {
      replace(tag.range, hiddenName(tag, folder: folder))
      note(tag, role)
      guard let call = tag.call, call != wrapped else { continue }
      // Only the call's result is a name; words of it that are no tags stay.
      let dollar = bytes.starts(with: "$$", at: call.lowerBound) ? "$$" : "$"
      let word = "\(dollar)(dmake_word)"
      replace(call.lowerBound..<call.lowerBound, "\(dollar)(foreach dmake_word,")
      replace(
        call.upperBound..<call.upperBound,
        ",\(dollar)(if \(dollar)(findstring /~,\(word)),\(folder)/)\(word))")
      wrapped = call
    }
  }

  /// A variable among the targets whose value has tags: there, they are what the rule makes.
  private mutating func translateTargetVariables(_ range: Range<Int>, _ tags: [FoundTag]) {
    var next = range.lowerBound
    while next < range.upperBound {
      if let tag = tags.first(where: { ($0.call ?? $0.range).contains(next) }) {
        next = (tag.call ?? tag.range).upperBound
        continue
      }
      guard bytes[next] == Byte.dollar else {
        next += 1
        continue
      }
      let end = MakeText.skipReference(bytes, next, range.upperBound)
      if MakeText.references(bytes, next..<end).contains(where: facts.variablesWithTags.contains) {
        replace(next..<next, "$(patsubst \(HiddenSpace.values)/%,\(HiddenSpace.outputs)/%,")
        replace(end..<end, ")")
      }
      next = end
    }
  }

  /// make's text for the files of a tag.
  func hiddenName(
    _ tag: FoundTag, folder: String, mark: String = "/~", isInRecipe: Bool = false
  ) -> String {
    let file = fileText(tag, isInRecipe: isInRecipe)
    let end = mark + HiddenSpace.encoded(written: tagText(tag, isInRecipe: isInRecipe))
    if tag.call != nil { return file + end }
    guard MakeText.hasVariable(file) else { return "\(folder)/\(file)\(end)" }
    // A `%` of a pattern rule's second expansion would be the stem.
    if TagText.hasShellVariable(file) {
      return "$$(foreach dmake_word,\(file),\(folder)/$$(dmake_word)\(end))"
    }
    return "$(patsubst %,\(folder)/%\(end),\(file))"
  }

  /// X as make reads it.
  func fileText(_ tag: FoundTag, isInRecipe: Bool) -> String {
    withStem(bytes[tag.file].text, isInRecipe: isInRecipe)
  }

  /// What the braces hold, as make reads it.
  func tagText(_ tag: FoundTag, isInRecipe: Bool) -> String {
    withStem(bytes[tag.tag].text, isInRecipe: isInRecipe)
  }

  /// In a recipe `%` stands for the stem, which make writes `$*`.
  private func withStem(_ text: String, isInRecipe: Bool) -> String {
    isInRecipe && rules.contains(where: \.isPattern) ? text.replacing("%", with: deferred("$*")) : text
  }

  mutating func note(_ tag: FoundTag, _ role: TagReference.Role) {
    let (source, index) = author(of: tag.range.lowerBound)
    let position = source.position(of: index)
    let isInRecipe = ![.target, .prerequisite, .variable].contains(role)
    state.tags.append(
      TagReference(
        file: fileText(tag, isInRecipe: isInRecipe), tag: tagText(tag, isInRecipe: isInRecipe), role: role,
        place: SourcePlace(file: source.file, line: position.line), column: position.column,
        length: tag.range.count, isOfTemplate: isTemplate))
  }

  /// The bytes of a range with the edits that lie in it. `first` says from which edit on these are to be found.
  func translatedBytes(_ range: Range<Int>, since first: Int = 0) -> [UInt8] {
    var result: [UInt8] = []
    var next = range.lowerBound
    let inner = edits[first...].filter {
      $0.range.lowerBound >= range.lowerBound && $0.range.upperBound <= range.upperBound
    }
    for edit in inner.sorted(by: Edit.inOrder)
    where edit.range.lowerBound >= next {
      result += bytes[next..<edit.range.lowerBound] + edit.text
      next = edit.range.upperBound
    }
    return result + bytes[next..<range.upperBound]
  }

  /// A value's name has the stem wherever `%` stands, but make must match targets, and run patterns with several of
  /// them as they are.
  private mutating func checkStems(
    _ targets: Range<Int>, _ targetTags: [FoundTag], _ tags: [FoundTag], isImplicit: Bool
  ) {
    func hasSeveral(_ tag: FoundTag) -> Bool {
      tag.call == nil && MakeText.withoutReferences(bytes[tag.range]).count { $0 == Byte.percent } > 1
    }
    for tag in targetTags where hasSeveral(tag) {
      report(
        .severalStems, .error, tag.range, "a target has `%` more than once",
        note: "make takes the first for the stem, and the others as they are",
        hint: "keep one: `%` in the path makes a file for each node, in the tag an element for each node")
    }
    guard isImplicit, MakeText.words(bytes, targets).count > 1 else { return }
    for tag in tags where hasSeveral(tag) {
      report(
        .severalStems, .error, tag.range, "a prerequisite of several patterns has `%` more than once",
        note: "make fills in the first alone where one recipe makes several targets",
        hint: "write a rule for each of the targets")
    }
  }

  /// make puts the folder of a target before the prerequisites of a pattern without a slash, hidden ones included.
  private mutating func checkFolder(_ targets: Range<Int>, _ tags: [FoundTag], _ targetTags: [FoundTag]) {
    guard targetTags.isEmpty, !bytes[targets].contains(Byte.slash) else { return }
    for tag in tags where bytes[tag.file].contains(Byte.percent) {
      report(
        .tagInFolderlessPattern, .error, tag.range,
        "a tag cannot depend on a pattern whose target has no folder",
        note: "make puts the target's folder before such a rule's prerequisites",
        hint: "give the target its folder, as `build/%.conf`, or name the targets in a static pattern rule")
    }
  }
}

extension MakeText {
  /// Whether a text has references with names, whose values may be several words.
  static func hasVariable(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    var next = 0
    while next + 1 < bytes.count {
      guard bytes[next] == Byte.dollar else {
        next += 1
        continue
      }
      // `$$(NAME)` is for make's second expansion.
      if bytes.starts(with: "$$(", at: next) || bytes.starts(with: "$${", at: next) { next += 1 }
      let open = bytes[next + 1]
      if open == Byte.openParenthesis || open == Byte.openBrace {
        let end = skipReference(bytes, next, bytes.count)
        let isAutomatic = end - next == 5 && "@*<%?^+|".utf8.contains(bytes[next + 2])
        if !isAutomatic { return true }
        next = end
      } else {
        next += 2
      }
    }
    return false
  }
}
