import Model

/// Text of a recipe that does something, and not what its author meant.
extension RecipeCheck {
  var meaningFindings: [Diagnostic] {
    let removed = SortedSet(lines.flatMap(\.commands).flatMap(moved))
    return lines.filter { !$0.isAssignment }.flatMap { line -> [Diagnostic] in
      line.commands.flatMap { command in
        quoted(command, line) + percents(command) + strays(command, removed)
      } + eventLines(line)
    }
  }

  /// Programs that do nothing with a text but show or compare it.
  private static let plainReaders: SortedSet<String> = ["echo", "printf", "test", "[", "expr"]

  /// A tag in single quotes, where it is text of the shell. The text of an assignment is meant so.
  private func quoted(_ command: ShellCommand, _ line: Line) -> [Diagnostic] {
    guard let first = command.words.first, Self.plainReaders.contains(name(first)),
      !bytes[line.range].contains(text: "DMAKE_ASSIGN")
    else { return [] }
    return command.words.dropFirst().flatMap { word -> [Diagnostic] in
      singleQuoted(word).flatMap { TagFinder(bytes, $0, .value).tags }.compactMap { tag in
        let rest = bytes[tag.range.upperBound..<word.upperBound]
        if ["=", "-=", "<<"].contains(where: { rest.starts(with: $0.utf8) }) { return nil }
        return finding(
          .quotedTag, tag.range, "in single quotes `\(text(tag.range))` is text, not its value",
          note: "the shell takes all between single quotes as it is",
          hint: "put it in double quotes, in which its value stands there as data")
      }
    }
  }

  /// What stands between single quotes in a word, outside of double ones.
  private func singleQuoted(_ word: Range<Int>) -> [Range<Int>] {
    var result: [Range<Int>] = []
    var isDouble = false
    var next = word.lowerBound
    while next < word.upperBound {
      switch bytes[next] {
      case Byte.quote: isDouble.toggle()
      case Byte.backslash: next += 1
      case Byte.dollar:
        next = MakeText.skipAnyReference(bytes, next, word.upperBound)
        continue
      case Byte.apostrophe where !isDouble:
        let end = bytes[(next + 1)..<word.upperBound].firstIndex(of: Byte.apostrophe) ?? word.upperBound
        result.append(next + 1..<end)
        next = end
      default: break
      }
      next += 1
    }
    return result
  }

  private var isPattern: Bool {
    site.isStaticPattern || site.targets.contains { bytes[$0].contains(Byte.percent) }
  }

  /// Programs to whose arguments a percent sign means something.
  private static let percentPrograms: SortedSet<String> = [
    "awk", "curl", "date", "expr", "find", "gawk", "jq", "let", "mawk", "perl", "printf", "ps", "python",
    "python3",
    "sed", "sh", "bash", "stat", "xmllint", "[[",
  ]

  /// `%/web/note` in a recipe of a pattern, which make fills in for tags alone.
  private func percents(_ command: ShellCommand) -> [Diagnostic] {
    guard isPattern else { return [] }
    let isSafe = command.words.first.map { !Self.percentPrograms.contains(name($0)) } ?? true
    return ((isSafe ? command.words.dropFirst() : []) + command.redirections).filter { word in
      let text = self.text(word).filter { $0 != "\"" }
      if text.contains(where: { "'`{}()$\\".contains($0) }) { return false }
      return text == "%" || text.hasPrefix("%/") || text.contains("/%")
    }.map { word in
      finding(
        .percentInRecipe, word, "`%` is itself in a recipe, but for tags",
        note: "make fills in the stem in targets and prerequisites alone", hint: "write `$*` for the stem")
    }
  }

  /// Files that a command takes away again or moves to another name.
  private func moved(_ command: ShellCommand) -> [String] {
    guard let first = command.words.first, ["mv", "rm"].contains(name(first)) else { return [] }
    return command.words.dropFirst().map(unquoted)
  }

  private func unquoted(_ word: Range<Int>) -> String {
    text(word).filter { $0 != "\"" && $0 != "'" }.replacing("$*", with: "%").replacing("$(*)", with: "%")
  }

  /// Files that a recipe writes and that are not its targets: nobody owns them, and a round tells so.
  private func strays(_ command: ShellCommand, _ removed: SortedSet<String>) -> [Diagnostic] {
    if lines.contains(where: { $0.commands.contains { $0.words.first.map(name) == "cd" } }) { return [] }
    let targets = SortedSet(site.targets.map { text($0).replacing("$*", with: "%") })
    if site.targets.contains(where: { bytes[$0].contains(Byte.dollar) }) { return [] }
    return writes(command).filter { word in
      let path = unquoted(word)
      if path.contains(where: { "$`{}()*?[~&".contains($0) }) || path.hasPrefix("/") || path.hasPrefix(".") {
        return false
      }
      let isOfTree = (try? TreePath(path.replacing("%", with: "x"))) != nil
      return isOfTree && !targets.contains(path) && !removed.contains(path) && !isMade(path)
    }.map { word in
      finding(
        .strayWrite, word, "the recipe writes `\(unquoted(word))`, which is none of its targets",
        note: "no rule owns the file, so that no other rule sees it change and no node gets it",
        hint: "write `$@`, or make it a target too, as `A B &:`")
    }
  }

  /// Whether a pattern among the targets is meant, or a folder of one.
  private func isMade(_ path: String) -> Bool {
    site.targets.contains { word in
      let target = text(word)
      return target.hasPrefix(path + "/") || Pattern(target)?.match(path) != nil
    }
  }

  /// `wc -l` of an event's file.
  private func eventLines(_ line: Line) -> [Diagnostic] {
    let events = [TreePath.stopProcFile, TreePath.newNodeFile, TreePath.failNodeFile].map { "/" + $0 }
    func isEvent(_ word: Range<Int>) -> Bool { events.contains { text(word).hasSuffix($0) } }
    guard let first = site.prerequisites.first, site.prerequisites.contains(where: isEvent) else { return [] }
    let readers: SortedSet<String> = ["cat", "tail", "head", "tac", "sort"]
    return line.commands.indices.compactMap { index -> Diagnostic? in
      let command = line.commands[index]
      guard let program = command.words.first, name(program) == "wc",
        command.words.dropFirst().contains(where: { text($0).hasPrefix("-") && text($0).contains("l") })
      else { return nil }
      var words = command.words.dropFirst() + command.redirections
      let before = index > 0 && command.readsPipe ? line.commands[index - 1].words : []
      if let program = before.first, readers.contains(name(program)) { words += before.dropFirst() }
      let readsEvent = words.contains { word in
        switch text(word) {
        case "$<": isEvent(first)
        case "$^": site.prerequisites.allSatisfy(isEvent)
        default: isEvent(word)
        }
      }
      guard readsEvent else { return nil }
      return finding(
        .eventLines, program, "an event's file does not have one line for each occurrence",
        note: "it is XML: an `event` element for each, in an element that holds them",
        hint: "count the elements: `grep -c '<event ' $<`")
    }
  }
}
