import Model

/// Canned recipes. What a rule gets of one is written out for it behind the last line, as a variable of its own, in
/// whose text tags are translated as in the rule's recipe.
extension FileTranslator {
  /// Answers whether the line is a use of a canned recipe, and has been translated as far as it can be.
  mutating func translateCanned(_ range: Range<Int>) -> Bool {
    guard let use = CannedUse(bytes, range), let recipe = facts.canned[use.name], !rules.isEmpty,
      !openRecipes.contains(use.name), !facts.isList(use.name)
    else { return false }
    guard mayWriteOut(recipe.text.count + CannedRecipe.lineBytes, use) else { return true }
    let text = ComposedText(recipe.source, recipe.text).applied(
      to: use.arguments.map(piece), limitBytes: CannedRecipe.textLimitBytes)
    guard mayWriteOut(text.bytes.count, use) else { return true }
    guard text.bytes.contains(Byte.openBrace) || facts.names(anyCanned: text.bytes) else { return false }
    let source = SourceText(file: self.source.file, bytes: text.bytes)
    let mark = state.mark
    var inner = FileTranslator(source, [], facts, state: state)
    // It is handed on and back, not copied: there may be thousands of tags in it already.
    state = TranslationState()
    inner.origin = text
    inner.openRecipes = openRecipes + [use.name]
    inner.rules = rules
    inner.contexts = contexts
    // The rule's own line is no part of the text, so the note of its targets is made here, if there is a need.
    inner.keptTargets = keptTargets.union(rules.compactMap(\.guardVariable))
    for line in Self.recipeLines(text.bytes) { inner.translateRecipe(line) }
    state = inner.state
    inner.state = TranslationState()
    guard !inner.edits.isEmpty || state.diagnostics.count > mark.diagnostics else {
      state.rewind(to: mark)
      return false
    }
    if let obstacle = recipe.obstacle {
      state.rewind(to: mark)
      reportCanned(use, obstacle)
      return true
    }
    keepTargets()
    contexts = inner.contexts
    appendix += inner.appendix
    state.cannedCount += 1
    let name = CannedRecipe.prefix + "\(state.cannedCount)"
    replace(use.reference, "$(\(name))")
    appendix += ["define \(name)", inner.translatedBytes(0..<text.bytes.count).text, "endef"]
    return true
  }

  /// Whether the text of one more canned recipe is within the limits. Where it is not, that is told once.
  private mutating func mayWriteOut(_ count: Int, _ use: CannedUse) -> Bool {
    if state.cannedWork > CannedRecipe.textLimitBytes { return false }
    state.cannedWork += count
    if state.cannedWork <= CannedRecipe.textLimitBytes, openRecipes.count < CannedRecipe.depthLimit {
      return true
    }
    state.cannedWork = CannedRecipe.textLimitBytes + 1
    report(
      .tagInDefine, .error, use.reference,
      "written out for their rules, canned recipes have more than \(CannedRecipe.textLimitBytes) bytes, or stand in each other more than \(CannedRecipe.depthLimit) deep",
      note: "each that names another one twice doubles what the first one means",
      hint: "let a program of the bundle do what is to be done so often")
    return false
  }

  /// A part of the text that knows where it came from.
  private func piece(_ range: Range<Int>) -> ComposedText {
    origin?.slice(range) ?? ComposedText(source, range)
  }

  /// The lines of a recipe's text; those that a backslash joins are one.
  private static func recipeLines(_ bytes: [UInt8]) -> [Range<Int>] {
    var result: [Range<Int>] = []
    var start = 0
    for (index, byte) in bytes.enumerated() where byte == Byte.newline {
      if bytes[start..<index].reversed().prefix(while: { $0 == Byte.backslash }).count % 2 == 1 { continue }
      result.append(start..<index)
      start = index + 1
    }
    return result + [start..<bytes.count]
  }

  /// A reference to a canned recipe with tags among other words of a line for the shell.
  mutating func reportParts(_ range: Range<Int>) {
    for name in MakeText.references(bytes, range) {
      guard let recipe = facts.canned[name], !facts.isList(name), !openRecipes.contains(name),
        let start = bytes[range].text.firstRange(of: name), hasTags(recipe)
      else { continue }
      let offset =
        range.lowerBound
        + bytes[range].text.utf8.distance(
          from: bytes[range].text.startIndex, to: start.lowerBound)
      report(
        .tagInDefine, .warning, offset..<offset + name.utf8.count,
        "the tags of `\(name)` are not translated in a part of a line",
        note: "its text is lines of a recipe, and only where it is a whole line is it known for which rule",
        hint: isTemplate
          ? "write its lines into the text that `eval` reads" : "give `$(\(name))` a line of its own")
    }
  }

  private func hasTags(_ recipe: CannedRecipe) -> Bool {
    let bytes = recipe.source.bytes
    guard bytes[recipe.text].contains(Byte.openBrace) else { return false }
    return Self.recipeLines(Array(bytes[recipe.text])).contains { line in
      let range = recipe.text.lowerBound + line.lowerBound..<recipe.text.lowerBound + line.upperBound
      return AssignmentLine(bytes, range) != nil || !RecipeTagFinder(bytes, range).found.isEmpty
    }
  }

  private mutating func reportCanned(_ use: CannedUse, _ obstacle: String) {
    report(
      .tagInDefine, .warning, use.reference, "the tags of `\(use.name)` are not translated: \(obstacle)",
      note: "a rule's recipe must be known when the policy is read, so that the rule is run for what it reads",
      hint: "define it once with `define \(use.name)`, outside of conditionals")
  }
}

extension CannedRecipe {
  /// What the variables are called that hold a rule's own text of a canned recipe.
  static let prefix = "DMAKE_C"
  /// How deep canned recipes may stand in each other.
  static let depthLimit = 64
  /// How much text of canned recipes is looked at for all rules together, and what each of them counts beside its
  /// bytes.
  static let textLimitBytes = 16 << 20
  static let lineBytes = 256
}
