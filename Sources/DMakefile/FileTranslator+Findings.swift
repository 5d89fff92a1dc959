import Model

/// What the translation finds wrong, with its place.
extension FileTranslator {
  mutating func report(
    _ code: DiagnosticCode, _ severity: Diagnostic.Severity, _ range: Range<Int>, _ message: String,
    note: String? = nil, hint: String? = nil
  ) {
    let (source, index) = author(of: range.lowerBound)
    let position = source.position(of: index)
    let lineEnd = source.line(position.line).upperBound
    state.diagnostics.append(
      Diagnostic(
        code, severity, file: source.file, line: position.line, column: position.column,
        length: max(1, min(index + range.count, lineEnd) - index), message: message, note: note,
        hint: hint))
  }

  mutating func report(_ mistake: TagMistake) {
    switch mistake.kind {
    case .unterminated:
      report(
        .unterminatedTag, .error, mistake.range, "a tag is not closed",
        hint: "expected `}` before the next blank, as in `n1/web/state.xml{load}`")
    case .bad(let error):
      let text = bytes[mistake.range].text
      let before = String(String.UnicodeScalarView(text.unicodeScalars.prefix(error.column - 1)))
      let start = min(mistake.range.lowerBound + before.utf8.count, mistake.range.upperBound)
      report(
        .badTag, .error, start..<max(start + 1, mistake.range.upperBound),
        "a tag is no location path: \(error.message)",
        hint: "expected an element's name or a path, as `load`, `stream[@id='7']/rate` or `rate/@unit`")
    case .inFunction(let function): report(mistake.range, in: function)
    }
  }

  /// A tag in one of make's functions, which all work on make's text.
  private mutating func report(_ range: Range<Int>, in function: String) {
    switch function {
    case "make", "call":
      report(
        .tagInFunction, .warning, range, "a tag inside of make's functions is not translated in a recipe",
        note: function == "call" ? "arguments are put into a canned recipe where it is a line of its own" : nil,
        hint: "use the tag outside of `$(…)`, where it is a quoted variable of the shell")
    case "if":
      report(
        .tagInFunction, .warning, range, "make's conditions cannot look at a value",
        hint: "let the shell decide, as in `if [ X{tag} = ready ]; then …; fi`")
    case "foreach":
      report(
        .tagInFunction, .warning, range, "a tag cannot depend on the variable of `$(foreach …)` in a recipe",
        note: "each value is one variable of the shell, which has a name before the recipe runs",
        hint: "make the values prerequisites, and let the shell read their files: `cat $^`")
    default:
      report(
        .tagInFunction, .error, range, "a value would become text of `$(\(function) …)`",
        note: "a state file could then run commands on the leader",
        hint: "compute it in a recipe of the shell and append `X{tag}=Y` to the file `$$DMAKE_ASSIGN`")
    }
  }

  /// Whether X can be a file of the tree, as far as its text tells.
  mutating func checkPath(_ tag: FoundTag) -> Bool {
    let file = written(tag.file)
    if TagText.hasShellVariable(file), !rules.isEmpty {
      report(
        .shellVariableInTag, .warning, tag.range, "make cannot know the shell's variable in `\(file)`",
        hint: "use make's own variables, as `$*` or `$(@D)`, or a pattern rule instead of a loop")
      return false
    }
    if TagText.hasShellVariable(written(tag.tag)), !rules.isEmpty {
      report(
        .shellVariableInTag, .warning, tag.range, "make cannot know the shell's variable in a tag",
        hint: "use make's own variables, as `$*`; a dollar of its own cannot stand in a recipe's tag")
      return false
    }
    if TagText.hasWildcard(file) {
      report(
        .tagWithWildcard, .error, tag.range, "a wildcard cannot say whose value is meant",
        note: "files that a wildcard does not find yet would never run the rule",
        hint: "name the files by who is there, as `$(DMAKE_NODES:%=%/web/state.xml{load})`")
      return false
    }
    if file.contains("$") || file.contains("\\") || tag.call != nil { return true }
    do throws(NameError) {
      _ = try TreePath(file.replacing("%", with: "x"))
      return true
    } catch {
      report(.badPath, .error, tag.file, error.description)
      return false
    }
  }

  /// A part of a tag as it is when make has read it.
  private func written(_ range: Range<Int>) -> String {
    isTemplate ? bytes[range].text.replacing("$$", with: "$") : bytes[range].text
  }

  mutating func reportUndeclared(_ tag: FoundTag) {
    report(
      .undeclaredRead, .warning, tag.range, "the recipe reads a value that is no prerequisite of its rule",
      note: "the rule does not run when only this value changes",
      hint: "add `\(bytes[tag.range].text.replacing("$*", with: "%"))` to the rule's prerequisites")
  }

  mutating func reportAssignmentInShell(_ tag: FoundTag) {
    report(
      .assignmentInShell, .error, tag.range, "an assignment to a tag is part of a line for the shell",
      note: "only a whole line `X{tag}=Y`, without blanks before its `=`, is an assignment",
      hint: "give it a line of its own, or append `X{tag}=Y` to the file `$$DMAKE_ASSIGN`")
  }

  mutating func reportAssignmentText(_ tag: FoundTag, isDocument: Bool) {
    let text = bytes[tag.range].text
    report(
      .assignmentInShell, .error, tag.range,
      "the text of an assignment has the value of `\(text)` in place of its name",
      note: "a tag in double quotes, or in a here-document whose word has no quotes, is its value",
      hint: isDocument
        ? "put the document's word in quotes, as `<<'END'`"
        : "put the assignment in single quotes, as `echo '\(text)=…' >> \"$$DMAKE_ASSIGN\"`")
  }

  /// A tag that a conditional directive would compare.
  mutating func reportCondition(_ line: LogicalLine) {
    for tag in TagFinder(bytes, line.range, .value).tags {
      report(
        .tagInFunction, .warning, tag.range, "make's conditions cannot look at a value",
        note: "make reads its conditionals before any value is known, and compares the name as it is written",
        hint: "let the shell of a recipe decide, as in `if [ X{tag} = ready ]; then …; fi`")
    }
    // Whether a list has names at all is a question that make can answer.
    if isTestOfEmptiness(line.range) { return }
    for name in MakeText.references(bytes, line.range) where facts.variablesWithTags.contains(name) {
      report(
        .tagInFunction, .warning, line.range, "make's conditions cannot look at a value",
        note: "`\(name)` names values; make compares names, before any value is known",
        hint: "let the shell of a recipe decide, as in `if [ X{tag} = ready ]; then …; fi`")
      return
    }
  }

  /// `ifdef NAME`, and a comparison with nothing.
  private func isTestOfEmptiness(_ range: Range<Int>) -> Bool {
    let line = bytes[range].trimmed
    let text = (line.starts(with: "else".utf8) ? line.dropFirst(4).trimmed : line).text
    guard text.hasPrefix("ifeq") || text.hasPrefix("ifneq") else { return true }
    let dense = text.filter { $0 != " " && $0 != "\t" }
    return dense.contains(",)") || dense.contains("(,") || text.contains("\"\"") || text.contains("''")
  }

  /// What only a shell would take for something else than it is, in the value of an assignment.
  mutating func reportShellText(_ value: Range<Int>, of target: FoundTag) {
    let name = bytes[target.range].text
    let text = bytes[value]
    if text.contains(UInt8(ascii: "`")) || text.text.contains("$$(") {
      report(
        .assignmentInShell, .warning, value, "no shell runs what stands in an assignment",
        note: "the value goes to the line's end and is make's text",
        hint: "let the shell write it: `echo '\(name)='\"$$(…)\" >> \"$$DMAKE_ASSIGN\"`"
      )
    } else if text.count > 1, let quote = text.first, quote == text.last,
      quote == Byte.quote || quote == Byte.apostrophe
    {
      report(
        .assignmentInShell, .warning, value, "the quotes become a part of the value",
        note: "the value goes to the line's end, and no shell takes them away", hint: "leave them out")
    }
  }

  /// An `X{tag}=Y` at a place where make reads it as a variable's definition.
  mutating func reportAssignment(_ line: LogicalLine) {
    if reportLostTab(line) { return }
    guard let target = assignedTag(line) else { return }
    report(
      .assignmentOutsideRecipe, .error, target,
      "an assignment to a tag stands outside of a recipe",
      hint: "put it below a rule, after a tab")
  }

  /// What a line would assign to: of a variable with blanks before its `=`, the name.
  private func assignedTag(_ line: LogicalLine) -> Range<Int>? {
    if let assignment = AssignmentLine(bytes, line.range) {
      let file = bytes[assignment.target.file]
      return TagText.isXML(file) || file.contains(Byte.slash) ? assignment.target.range : nil
    }
    let text = bytes[line.range].trimmed
    guard line.kind == .variable, let brace = text.firstIndex(of: Byte.openBrace),
      TagText.isXML(text[..<brace]), TagText.isFile(text[..<brace]),
      let close = TagText.close(bytes, brace, text.endIndex),
      TagText.check(bytes[brace + 1..<close].text) == nil
    else { return nil }
    let rest = text[(close + 1)...].drop(while: Byte.isBlank)
    let isDefinition = ["=", ":=", "::=", "+=", "?=", "-="].contains { rest.starts(with: $0.utf8) }
    return isDefinition ? text.startIndex..<close + 1 : nil
  }

  /// The `=` of a tag that is not closed, which makes the line the definition of a variable.
  mutating func reportOpenTag(_ definition: MakeText.Definition) {
    guard let brace = bytes[definition.name].firstIndex(of: Byte.openBrace),
      TagText.isXML(bytes[definition.name.lowerBound..<brace])
    else { return }
    report(TagMistake(kind: .unterminated, range: definition.name.lowerBound..<brace + 1))
  }

  /// A line that would be a recipe if its blanks were a tab.
  @discardableResult
  mutating func reportLostTab(_ line: LogicalLine) -> Bool {
    let text = bytes[line.range]
    guard text.first == Byte.space, isBelowRule else { return false }
    let trimmed = text.trimmed
    let isAssignment = AssignmentLine(bytes, line.range) != nil
    let isReference = trimmed.first == Byte.dollar
    guard isAssignment || (line.kind == .other && !isReference) || looksLikeCommand(trimmed) else {
      return false
    }
    let blanks = text.prefix { Byte.isBlank($0) }
    report(
      .lostTab, .error, blanks.startIndex..<blanks.endIndex,
      "a line of a recipe begins with blanks instead of a tab",
      note: "make knows a recipe by its tab; editors and copying through a web page turn it into blanks",
      hint: "put one tab in place of the \(blanks.count) blanks")
    return true
  }

  private func looksLikeCommand(_ trimmed: ArraySlice<UInt8>) -> Bool {
    let commands: SortedSet<String> = [
      "awk", "cat", "cp", "echo", "for", "grep", "if", "mkdir", "mv", "printf", "python3", "rm", "sed", "sh",
      "test",
      "touch", "xmllint",
    ]
    let word = trimmed.prefix { !Byte.isSpace($0) }.text
    return commands.contains(word) || (word.hasPrefix("@") && word != "@")
  }

  mutating func reportTooManyRules(_ line: LogicalLine) {
    report(
      .tooManyRules, .error, line.range,
      "conditionals leave open which of too many rules this recipe belongs to",
      note: "each rule in a conditional above may be the last one that make sees",
      hint: "let each conditional hold a rule with its recipe")
  }

  mutating func reportRecipePrefix() {
    report(
      .recipePrefix, .error, 0..<1, "`.RECIPEPREFIX` is changed",
      note: "DMake tells recipes by their tabs",
      hint: "remove `.RECIPEPREFIX` and begin recipes with tabs")
  }
}
