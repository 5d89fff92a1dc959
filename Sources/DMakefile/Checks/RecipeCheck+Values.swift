import Model

/// Values that would become text of a shell, of make or of another program's language: whoever writes the state
/// that they come from would run commands on the leader.
extension RecipeCheck {
  var valueFindings: [Diagnostic] {
    let tainted = self.tainted
    return lines.flatMap { line -> [Diagnostic] in
      guard !line.isAssignment else { return [] }
      return pasted(line.range) + line.commands.flatMap { commandFinding($0, tainted).map { [$0] } ?? [] }
    }
  }

  private func asCode(_ range: Range<Int>, _ message: String, _ hint: String) -> Diagnostic {
    finding(
      .valueAsCode, range, message,
      note: "whoever writes the value, as into a state.xml, could run commands on the leader", hint: hint)
  }

  /// Whether the rule's first prerequisite, for `$<`, or any, is data of nodes rather than of the policy.
  private func isData(_ words: some Sequence<Range<Int>>) -> Bool {
    words.contains { word in
      let text = self.text(word)
      return text.hasSuffix("}") && text.contains(".xml{") || text.hasSuffix("/state.xml")
        || text.contains("state.xml{")
    }
  }

  private var firstIsData: Bool { isData(site.prerequisites.prefix(1)) }
  private var anyIsData: Bool { isData(site.prerequisites) }

  /// Whether a text expands to the name of a file with data.
  private func namesData(_ text: String) -> Bool {
    if firstIsData, text.contains("$<") || text.contains("$(<") { return true }
    if anyIsData, ["$^", "$(^", "$+", "$(+", "$?"].contains(where: { text.contains($0) }) { return true }
    return false
  }

  private func hasTag(_ range: Range<Int>) -> Bool { !RecipeTagFinder(bytes, range).found.isEmpty }

  /// `$(shell cat $<)` and `$(file <$<)`: make puts the text into the line before the shell reads it.
  private func pasted(_ range: Range<Int>) -> [Diagnostic] {
    var result: [Diagnostic] = []
    var next = range.lowerBound
    while next < range.upperBound {
      guard bytes[next] == Byte.dollar else {
        next += 1
        continue
      }
      let end = MakeText.skipReference(bytes, next, range.upperBound)
      let text = self.text(next..<end)
      for function in ["shell ", "file <", "file  <", "eval "]
      where text.dropFirst(2).hasPrefix(function) && namesData(text) {
        result.append(
          asCode(
            next..<end, "make puts the value into the shell's line as text",
            "use the tag itself, which is a quoted variable there, or read the file in the shell: `\"$$(cat $<)\"`"
          ))
      }
      next = end
    }
    return result
  }

  /// The shell's variables that hold a value: `v=X{tag}`, `v=$$(cat $<)`, and what `read` reads in such a rule.
  private var tainted: SortedSet<String> {
    var result: SortedSet<String> = []
    for line in lines {
      for command in line.commands {
        for word in command.assignments where hasTag(word) || namesData(text(word)) {
          result.insert(bytes[word].prefix(while: ShellScanner.isOfName).text)
        }
        if let first = command.words.first, name(first) == "read", anyIsData {
          for word in command.words.dropFirst() where bytes[word].first != Byte.minus {
            result.insert(text(word))
          }
        }
      }
    }
    return result
  }

  /// Whether a word's text is, or has in it, a value. In single quotes nothing is expanded.
  private func hasValue(_ word: Range<Int>, _ tainted: SortedSet<String>) -> Bool {
    if bytes[word.lowerBound] == Byte.apostrophe { return false }
    let text = self.text(word)
    if hasTag(word) { return true }
    if text.contains("$$(") || text.contains("`"), namesData(text) { return true }
    return !tainted.isEmpty && shellVariables(word).contains(where: tainted.contains)
  }

  /// The names behind `$$` and in `$${…}`.
  private func shellVariables(_ word: Range<Int>) -> [String] {
    word.indices.compactMap { index in
      guard bytes.starts(with: "$$", at: index), index + 2 < word.upperBound else { return nil }
      let isLong = bytes[index + 2] == Byte.openBrace
      let name = bytes[(index + (isLong ? 3 : 2))..<word.upperBound].prefix(while: ShellScanner.isOfName)
      if isLong, name.endIndex >= word.upperBound || bytes[name.endIndex] != Byte.closeBrace { return nil }
      return name.isEmpty ? nil : name.text
    }
  }

  private func commandFinding(_ command: ShellCommand, _ tainted: SortedSet<String>) -> Diagnostic? {
    let programs = self.programs(command)
    if let word = programs.first(where: { hasValue($0, tainted) }), !isAssignmentMeant(word) {
      return asCode(
        word, "a value is run as a command",
        "let the recipe name its programs, and compare the value: `case X{tag} in start) …`")
    }
    guard let program = programs.last else { return nil }
    let arguments = command.words.filter { $0.lowerBound > program.lowerBound }
    let name = self.name(program)
    if ["eval", ".", "source"].contains(name), let word = arguments.first(where: { hasValue($0, tainted) }) {
      return asCode(
        word, "`\(name)` reads a value as text of the shell",
        "use the value as an argument in double quotes; it needs no second reading")
    }
    if name == "." || name == "source" || Self.shells.contains(name),
      let word = arguments.first(where: { bytes[$0].first != Byte.minus }), isDataFile(word)
    {
      return asCode(
        word, "`\(name)` runs a file with a value", "read the file as data, as with `cat` or `read`")
    }
    if Self.shells.contains(name), command.readsPipe, !arguments.contains(where: { !isOption($0) }), anyIsData {
      return asCode(program, "`\(name)` runs what the pipe brings", "write the commands into the recipe itself")
    }
    return script(name, arguments).flatMap { word in
      guard hasValue(word, tainted) else { return nil }
      return asCode(
        word, "a value becomes text of a program for `\(name)`",
        "hand it over as data: as an argument behind the program, as `awk -v v=X{tag}`, or on the input")
    }
  }

  private func isOption(_ word: Range<Int>) -> Bool { bytes[word].first == Byte.minus }

  /// `X{tag} = Y` is reported as what it was meant to be.
  private func isAssignmentMeant(_ word: Range<Int>) -> Bool {
    bytes[word.upperBound...].drop(while: Byte.isBlank).first == Byte.equals || text(word).contains("}=")
  }

  private func isDataFile(_ word: Range<Int>) -> Bool {
    let text = self.text(word).filter { $0 != "\"" }
    return firstIsData && (text == "$<" || text == "$(<)") || anyIsData && ["$^", "$+"].contains(text)
  }

  /// The argument that is a script in the program's own language.
  private func script(_ name: String, _ arguments: [Range<Int>]) -> Range<Int>? {
    func after(_ options: [String]) -> Range<Int>? {
      arguments.firstIndex { options.contains(text($0)) }
        .flatMap { $0 + 1 < arguments.count ? arguments[$0 + 1] : nil }
    }
    switch name {
    case _ where Self.shells.contains(name): return after(["-c", "-ec", "-xc"])
    case "python", "python3": return after(["-c"])
    case "perl", "ruby", "node": return after(["-e", "-ne", "-pe"])
    case "awk", "gawk", "mawk":
      return arguments.contains { text($0) == "-f" } ? nil : firstPlain(arguments, taking: ["-v", "-F"])
    case "sed":
      if let script = after(["-e"]) { return script }
      return arguments.contains { text($0) == "-f" } ? nil : firstPlain(arguments, taking: [])
    default: return nil
    }
  }

  /// The first argument that is no option, nor what an option takes.
  private func firstPlain(_ arguments: [Range<Int>], taking: [String]) -> Range<Int>? {
    var skips = false
    for word in arguments {
      if skips {
        skips = false
      } else if taking.contains(text(word)) {
        skips = true
      } else if !isOption(word) {
        return word
      }
    }
    return nil
  }
}
