import Model

extension FileTranslator {
  mutating func translateRecipe(_ line: LogicalLine) {
    translateRecipe(line.range.lowerBound + 1..<line.range.upperBound)
  }

  /// Translates a recipe line without its tab, or what stands behind a rule's `;`.
  mutating func translateRecipe(_ range: Range<Int>) {
    let contexts = facts.isOneShell ? self.contexts : []
    if contexts.isEmpty, let assignment = AssignmentLine(bytes, range) {
      translateAssignment(assignment, range)
      return
    }
    if contexts.isEmpty, !isTemplate, translateCanned(range) { return }
    reportParts(range)
    let finder = RecipeTagFinder(bytes, range, in: contexts, isTemplate: isTemplate)
    self.contexts = finder.contexts
    finder.mistakes.forEach { report($0) }
    for found in finder.found {
      guard checkPath(found.tag) else { continue }
      state.environmentCount += 1
      let number = state.environmentCount
      let variable = found.isInDoubleQuotes ? "$${DMAKE_V\(number)}" : "\"$$DMAKE_V\(number)\""
      replace(found.tag.range, deferred(variable))
      note(found.tag, .recipe(variable: number))
      export("DMAKE_V\(number)", reading(found.tag))
      if found.isInDoubleQuotes, isAssignmentText(found.tag, in: range, contexts) {
        reportAssignmentText(found.tag, isDocument: !contexts.isEmpty)
      } else if isCommand(found.tag, in: range) {
        reportAssignmentInShell(found.tag)
      } else if !found.isBehindDocument || facts.isOneShell,
        rules.contains(where: { !$0.declares(bytes[found.tag.range].text) })
      {
        reportUndeclared(found.tag)
      }
    }
  }

  /// Whether the tag stands where the shell expects a command, with `=` behind it: an assignment was meant.
  private func isCommand(_ tag: FoundTag, in range: Range<Int>) -> Bool {
    let rest = bytes[tag.range.upperBound..<range.upperBound].drop { Byte.isBlank($0) }
    guard rest.starts(with: "=".utf8) || rest.starts(with: "-=".utf8) else { return false }
    var before = bytes[range.lowerBound..<tag.range.lowerBound].trimmed
    while before.last == UInt8(ascii: "\\") { before = before.dropLast().trimmed }
    guard let last = before.last else { return true }
    let word = before.split(whereSeparator: Byte.isSpace).last.map(\.text) ?? ""
    return ";&|{(@+".utf8.contains(last) || ["-", "then", "do", "else"].contains(word)
  }

  /// Whether the tag begins a line for `$DMAKE_ASSIGN`, in a text in which the shell puts in values.
  private func isAssignmentText(
    _ tag: FoundTag, in range: Range<Int>, _ contexts: [RecipeTagFinder.Context]
  ) -> Bool {
    let rest = bytes[tag.range.upperBound..<range.upperBound]
    guard ["=", "-=", "<<"].contains(where: { rest.starts(with: $0.utf8) }) else { return false }
    let before = bytes[range.lowerBound..<tag.range.lowerBound]
    if case .document = contexts.last { return before.trimmed.isEmpty }
    let isStart = before.last == Byte.quote || before.suffix(2).elementsEqual("\\n".utf8)
    return isStart && bytes[range].contains(text: "DMAKE_ASSIGN")
  }

  /// make's text that becomes the values of a tag.
  private func reading(_ tag: FoundTag) -> String {
    let name = hiddenName(tag, folder: HiddenSpace.values, mark: HiddenSpace.textMark, isInRecipe: true)
    guard name.hasPrefix("$(patsubst") || name.hasPrefix("$$(foreach") else {
      return deferred("$(file <") + name + ")"
    }
    return deferred("$(foreach dmake_file,") + name + deferred(",$(file <$(dmake_file)))")
  }

  /// Adds the line that puts a variable into the environment of the rule's recipe. `private`, because make would
  /// hand it on to the rule's prerequisites.
  private mutating func export(_ variable: String, _ value: String) {
    appendForRules { "\($0): private export \(variable) = \(value)" }
  }

  private mutating func appendForRules(_ line: (String) -> String) {
    keepTargets()
    for rule in rules {
      if isTemplate {
        insert(line(rule.targets), before: rule)
      } else if let name = rule.guardVariable {
        appendix += ["ifneq ($(\(name)),)", line("$(\(name))"), "endif"]
      } else {
        appendix.append(line(rule.targets))
      }
    }
  }

  /// Puts, once, an `$(eval …)` that expands to nothing behind each rule's targets. It expands its text twice.
  mutating func keepTargets() {
    for rule in rules {
      guard let name = rule.guardVariable, !keptTargets.contains(name) else { continue }
      keptTargets.insert(name)
      replace(rule.end..<rule.end, "$(eval \(name) := \(rule.targets.replacing("$", with: "$$")))")
    }
  }

  private mutating func translateAssignment(_ line: AssignmentLine, _ range: Range<Int>) {
    guard checkPath(line.target) else { return }
    let number = state.assignments.count + 1
    let file = fileText(line.target, isInRecipe: true)
    let tag = tagText(line.target, isInRecipe: true)
    // A tag that only make can complete is part of the record.
    let isComputed = tag.contains("$")
    let written = isComputed ? "\(file)/~\(HiddenSpace.encoded(written: tag))" : file
    let isCopy = translateValue(line.value, number)
    let head =
      deferred("$(if $(DMAKE_RUN),$(file \(AssignmentRecord.head(number))$(DMAKE_NEWLINE)") + written
      + deferred("$(DMAKE_NEWLINE)")
    if let value = line.value {
      reportShellText(value, of: line.target)
      replace(range.lowerBound..<value.lowerBound, head)
      if !isBalanced(value) { moveValue(value, number) }
      replace(value.upperBound..<range.upperBound, ";))")
    } else {
      replace(range, head + ";))")
    }
    state.assignments.append(
      AssignmentSite(
        number: number, tag: tag, file: file, isRemoval: line.value == nil, isCopy: isCopy,
        isComputed: isComputed, isOfTemplate: isTemplate, place: place(of: line.target.range.lowerBound)))
  }

  /// Replaces the tags of Y by what reads them; answers whether Y is one tag and nothing else.
  private mutating func translateValue(_ value: Range<Int>?, _ number: Int) -> Bool {
    guard let value else { return false }
    let finder = TagFinder(bytes, value, .value)
    finder.mistakes.forEach { report($0) }
    let isCopy = finder.tags.count == 1 && finder.tags.first?.range == value
    for tag in finder.tags where checkPath(tag) {
      replace(
        tag.range, isCopy ? hiddenName(tag, folder: HiddenSpace.values, isInRecipe: true) : reading(tag))
      note(tag, .assigned(number: number))
      if rules.contains(where: { !$0.declares(bytes[tag.range].text) }) { reportUndeclared(tag) }
    }
    return isCopy
  }

  /// Whether the value's parentheses match, so that it can stand in a function's argument.
  private func isBalanced(_ value: Range<Int>) -> Bool {
    var depth = 0
    for byte in bytes[value] {
      if byte == Byte.openParenthesis { depth += 1 }
      if byte == Byte.closeParenthesis { depth -= 1 }
      if depth < 0 { return false }
    }
    return depth == 0
  }

  /// Puts a value that cannot be an argument into a variable behind the last line; `define` takes text verbatim.
  private mutating func moveValue(_ value: Range<Int>, _ number: Int) {
    if isTemplate {
      report(
        .tagInDefine, .error, value, "the parentheses of a value that `eval` reads do not match",
        hint: "put the value into a variable of its own, and write `$$(NAME)`")
      return
    }
    let text = translatedBytes(value).text
    edits.removeAll { $0.range.lowerBound >= value.lowerBound && $0.range.upperBound <= value.upperBound }
    let newlines = String(repeating: "\\\n", count: bytes[value].filter { $0 == Byte.newline }.count)
    replace(value, "$(DMAKE_Y\(number))\(newlines)")
    appendix += ["define DMAKE_Y\(number)", text, "endef"]
  }
}

extension FileTranslator.OpenRule {
  /// Whether a prerequisite says that the rule reads the value: the tag, its file, or something that only make
  /// can expand. A pattern's `%` and a recipe's `$*` are the same.
  func declares(_ reference: String) -> Bool {
    let wanted = reference.replacing("$*", with: "%")
    let file = String(wanted.prefix { $0 != "{" })
    if declaresUnknown || wanted.contains("$") { return true }
    return [wanted, file].contains { declared.contains($0) || made.contains($0) }
  }
}
