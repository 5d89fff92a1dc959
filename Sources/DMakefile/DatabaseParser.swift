import Model

extension Database {
  /// Reads what `make -pq` printed, with or without built-in rules.
  ///
  /// The format is for people: values and recipes stand in it as they are. What belongs to a rule is told by its
  /// form (recipe lines begin with a tab, make's own remarks with `#`), and rules are looked for only between make's
  /// headings and only after an empty line, so that a multi-line value cannot pretend to be a rule: `define` is
  /// read to its `endef`. A value that holds an `endef` line of its own ends early; what follows it is then
  /// skipped up to the next empty line.
  public init(parsing output: [UInt8]) {
    self.init()
    var parser = DatabaseParser(output)
    parser.run()
    self = parser.database
    unescapeNodes()
  }
}

/// Goes through the lines of make's database once.
private struct DatabaseParser {
  private enum Section { case preamble, variables, patternVariables, implicitRules, files, searchPaths, other }

  private(set) var database = Database()
  private let lines: [ArraySlice<UInt8>]
  private var section = Section.preamble
  private var next = 0
  private var isNotATarget = false
  private var origin: (origin: DatabaseVariable.Origin, place: SourcePlace?)?
  private var pattern: String?
  /// Those of the rule that follows.
  private var targetVariables: [TargetVariable] = []

  init(_ output: [UInt8]) {
    lines = output.split(separator: Byte.newline, omittingEmptySubsequences: false)
  }

  mutating func run() {
    while next < lines.count {
      let line = lines[next]
      if takesHeading(line) {
        next += 1
        continue
      }
      switch section {
      case .variables: variable(line)
      case .implicitRules, .files: ruleOrRemark(line)
      case .patternVariables: patternVariable(line)
      case .searchPaths:
        if line.starts(with: "vpath ".utf8) { database.searchPaths.append(line.text) }
        next += 1
      case .preamble, .other: next += 1
      }
    }
  }

  private static let headings: [(String, Section)] = [
    ("# Variables", .variables), ("# Pattern-specific Variable Values", .patternVariables),
    ("# Directories", .other),
    ("# Implicit Rules", .implicitRules), ("# Files", .files), ("# VPATH Search Paths", .searchPaths),
    ("# No implicit rules.", .other), ("# No pattern-specific variable values.", .other),
    ("# files hash-table stats:", .other),
  ]

  private mutating func takesHeading(_ line: ArraySlice<UInt8>) -> Bool {
    guard line.starts(with: "# ".utf8),
      let heading = Self.headings.first(where: { $0.0.utf8.count == line.count && line.starts(with: $0.0.utf8) }
      )
    else { return false }
    section = heading.1
    return true
  }

  private mutating func variable(_ line: ArraySlice<UInt8>) {
    next += 1
    if line.starts(with: "# ".utf8) {
      origin = Self.origin(line.dropFirst(2).text)
      return
    }
    guard let (from, place) = origin else { return }
    origin = nil
    if line.starts(with: "define ".utf8),
      !["= ", ":= "].contains(where: { line.dropFirst(7).starts(with: $0.utf8) })
    {
      var value: [ArraySlice<UInt8>] = []
      while next < lines.count, !lines[next].elementsEqual("endef".utf8) {
        value.append(lines[next])
        next += 1
      }
      next += 1
      let name = line.dropFirst(7).prefix { !Byte.isSpace($0) }.text
      database.variables[name] = DatabaseVariable(
        value: Array(value.joined(separator: [Byte.newline])).text, origin: from, isSimple: false, place: place)
      return
    }
    let text = line.text
    guard
      let equals = text.firstRange(of: "= ") ?? (text.hasSuffix("=") ? text.suffix(1).firstRange(of: "=") : nil)
    else { return }
    let name = text[..<equals.lowerBound]
    let isSimple = name.hasSuffix(":")
    let value = Self.value(String(text[equals.upperBound...]) + furtherLines(), isSimple: isSimple)
    database.variables[String(name.dropLast(isSimple ? 2 : 1))] = DatabaseVariable(
      value: value, origin: from, isSimple: isSimple, place: place)
  }

  /// A value from the text that make prints for it: the dollars of one that was expanded are doubled, and blanks alone
  /// stand in a function.
  private static func value(_ text: String, isSimple: Bool) -> String {
    let blanks = "$(subst ,,"
    if text.hasPrefix(blanks), text.hasSuffix(")") {
      let inner = text.dropFirst(blanks.count).dropLast()
      if inner.utf8.allSatisfy(Byte.isBlank) { return String(inner) }
    }
    return isSimple ? text.replacing("$$", with: "$") : text
  }

  /// The lines of a value that was expanded when it was read, which make prints as they are.
  private mutating func furtherLines() -> String {
    var text = ""
    while next < lines.count, !endsVariable(lines[next]) {
      text += "\n" + lines[next].text
      next += 1
    }
    return text
  }

  private func endsVariable(_ line: ArraySlice<UInt8>) -> Bool {
    if line.isEmpty { return next + 1 >= lines.count || lines[next + 1].starts(with: "# variable set".utf8) }
    guard line.starts(with: "# ".utf8) else { return false }
    return Self.origin(line.dropFirst(2).text) != nil || line.starts(with: "# variable set".utf8)
  }

  /// `makefile (from 'DMakefile', line 3)` and its kin.
  private static func origin(_ remark: String) -> (DatabaseVariable.Origin, SourcePlace?)? {
    let name = remark.firstRange(of: " (from '").map { String(remark[..<$0.lowerBound]) } ?? remark
    let bare = name.hasSuffix(" private") ? String(name.dropLast(8)) : name
    return DatabaseVariable.Origin(rawValue: bare).map { ($0, place(remark)) }
  }

  /// `… (from 'FILE', line N)…`
  private static func place(_ remark: String) -> SourcePlace? {
    guard let start = remark.firstRange(of: "(from '"), let end = remark.firstRange(of: "', line ") else {
      return nil
    }
    guard start.upperBound <= end.lowerBound else { return nil }
    let number = remark[end.upperBound...].prefix { $0.isNumber }
    return Int(number).map { SourcePlace(file: String(remark[start.upperBound..<end.lowerBound]), line: $0) }
  }

  private mutating func ruleOrRemark(_ line: ArraySlice<UInt8>) {
    if line.elementsEqual("# Not a target:".utf8) {
      isNotATarget = true
      next += 1
    } else if line.isEmpty || line.first == Byte.hash || line.first == Byte.tab {
      if line.isEmpty {
        isNotATarget = false
        targetVariables = []
      }
      next += 1
    } else if let variable = targetVariable(line) {
      targetVariables.append(variable)
    } else if let rule = header(line) {
      next += 1
      body(rule)
    } else {
      next += 1
    }
  }

  /// Target-specific variables stand before their rule: `TARGET: NAME = VALUE` below a remark of their origin.
  private mutating func targetVariable(_ line: ArraySlice<UInt8>) -> TargetVariable? {
    guard next > 0, lines[next - 1].starts(with: "# ".utf8) else { return nil }
    let remark = lines[next - 1].dropFirst(2).text
    guard let (origin, _) = Self.origin(remark), origin != .automatic else { return nil }
    guard let colon = Self.separator(line) else { return nil }
    let definition = line[(colon + 1)...].drop { $0 == Byte.space }.text[...]
    guard Self.variable(definition, remark) != nil else { return nil }
    next += 1
    let target = Array(line[...colon])
    var value = String(definition)
    while next < lines.count, !endsTargetVariable(lines[next], of: target) {
      value += "\n" + lines[next].text
      next += 1
    }
    return Self.variable(value[...], remark)
  }

  private func endsTargetVariable(_ line: ArraySlice<UInt8>, of target: [UInt8]) -> Bool {
    if line.starts(with: target) || line.elementsEqual("# Not a target:".utf8) { return true }
    return isOrigin(line)
  }

  /// `PATTERN :`, then for each variable a remark of its origin and `# NAME = VALUE`.
  private mutating func patternVariable(_ line: ArraySlice<UInt8>) {
    next += 1
    if line.isEmpty {
      origin = nil
    } else if line.first != Byte.hash {
      let text = line.text
      pattern = text.hasSuffix(" :") ? String(text.dropLast(2)) : nil
    } else if let pattern, next > 1, lines[next - 2].starts(with: "# ".utf8) {
      let remark = lines[next - 2].dropFirst(2).text
      guard let (_, place) = Self.origin(remark) else { return }
      var text = line.dropFirst(2).text
      while next < lines.count, !endsPatternVariable(lines[next]) {
        text += "\n" + lines[next].text
        next += 1
      }
      guard let variable = Self.variable(text[...], remark) else { return }
      database.patternVariables.append(
        PatternVariable(
          pattern: pattern, name: variable.name, value: variable.value, isPrivate: variable.isPrivate,
          isOverride: variable.isOverride, place: place))
    }
  }

  /// An empty line, with the next pattern or the end of them behind it.
  private func endsPatternVariable(_ line: ArraySlice<UInt8>) -> Bool {
    guard next + 2 < lines.count else { return true }
    let further = lines[next + 1]
    guard line.isEmpty else { return false }
    return further.suffix(2).elementsEqual(" :".utf8) && isOrigin(lines[next + 2])
      || further.text.hasSuffix(" pattern-specific variable values")
  }

  private func isOrigin(_ line: ArraySlice<UInt8>) -> Bool {
    line.starts(with: "# ".utf8) && Self.origin(line.dropFirst(2).text) != nil
  }

  private static func variable(_ text: Substring, _ remark: String) -> TargetVariable? {
    guard let space = text.firstIndex(of: " ") else { return nil }
    let definition = text[text.index(after: space)...]
    guard
      let operation = ["=", ":=", "+="].first(where: { definition == $0 || definition.hasPrefix($0 + " ") })
    else { return nil }
    let value = String(definition.dropFirst(operation.count + 1))
    return TargetVariable(
      name: String(text[..<space]), operation: operation,
      value: Self.value(value, isSimple: operation == ":="), isPrivate: remark.contains(" private"),
      isOverride: remark.hasPrefix("'override'"), place: place(remark))
  }

  private func header(_ line: ArraySlice<UInt8>) -> DatabaseRule? {
    // A name with a colon of its own stands as it is, so the separator is the first colon before a blank or the end.
    guard let colon = Self.separator(line) else { return nil }
    let names = line[..<colon]
    let isDouble = names.last == Byte.colon
    let targets = (isDouble ? names.dropLast() : names).split(separator: Byte.space).map(\.text)
    guard !targets.isEmpty else { return nil }
    var rule = DatabaseRule(targets: targets)
    rule.isDoubleColon = isDouble
    rule.isTarget = !isNotATarget
    var isOrderOnly = false
    for word in Self.words(line[(colon + 1)...]) {
      if word == "|" {
        isOrderOnly = true
      } else if isOrderOnly {
        rule.orderOnly.append(word)
      } else {
        rule.prerequisites.append(word)
      }
    }
    return rule
  }

  /// Names between blanks. What waits for the second expansion may have blanks of its own, in references.
  private static func words(_ line: ArraySlice<UInt8>) -> [String] {
    guard line.contains(Byte.dollar) else { return line.split(separator: Byte.space).map(\.text) }
    let bytes = Array(line)
    var result: [String] = []
    var start = 0
    var next = 0
    while next <= bytes.count {
      if next == bytes.count || bytes[next] == Byte.space {
        if start < next { result.append(bytes[start..<next].text) }
        next += 1
        start = next
      } else {
        let isReference = bytes[next] == Byte.dollar
        next = isReference ? min(MakeText.skipReference(bytes, next, bytes.count), bytes.count) : next + 1
      }
    }
    return result
  }

  private static func separator(_ line: ArraySlice<UInt8>) -> Int? {
    line.indices.first { index in
      line[index] == Byte.colon && (index + 1 == line.endIndex || line[index + 1] == Byte.space)
    }
  }

  /// The remarks and the recipe below a rule's first line, to the empty line that ends it.
  private mutating func body(_ header: DatabaseRule) {
    var rule = header
    var recipe: [ArraySlice<UInt8>] = []
    var isRecipe = false
    while next < lines.count {
      let line = lines[next]
      if isRecipe {
        // A recipe's line that continues, or came from `define`, need not begin with a tab.
        let continues = recipe.last.map { $0.last == Byte.backslash } ?? false
        guard line.first == Byte.tab || continues else { break }
        recipe.append(line)
      } else if line.starts(with: "#  recipe to execute".utf8) {
        isRecipe = true
        rule.place = Self.place(line.text)
      } else if line.first == Byte.hash {
        // Most remarks say nothing that is wanted; a quick look at the bytes tells them apart.
        let words = line.dropFirst(3)
        if words.first == UInt8(ascii: "P") || words.first == UInt8(ascii: "A")
          || words.first == UInt8(ascii: "I")
        {
          remark(line.text, &rule)
        }
      } else {
        break
      }
      next += 1
    }
    if isRecipe { rule.recipe = Array(recipe.joined(separator: [Byte.newline])).text }
    rule.variables = targetVariables
    targetVariables = []
    isNotATarget = false
    if section == .implicitRules { database.patterns.append(rule) } else { database.rules.append(rule) }
  }

  private func remark(_ text: String, _ rule: inout DatabaseRule) {
    if text.hasPrefix("#  Phony target") { rule.isPhony = true }
    if let stem = text.firstRange(of: "pattern stem: '"), text.hasSuffix("'") {
      rule.stem = String(text[stem.upperBound...].dropLast())
    }
    if let names = text.firstRange(of: "#  Also makes: ") {
      rule.alsoMakes = text[names.upperBound...].split(separator: " ").map(String.init)
        .filter { $0 != rule.target }
    }
  }
}
