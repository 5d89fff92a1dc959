import Model

/// A makefile with some of a policy's rules and nothing else, in the words of the policy: what make gets when only
/// these must run, so that a run costs what changed and not what exists.
public struct Slice: Equatable, Sendable {
  /// The target that needs all the rules.
  public static let goal = HiddenSpace.folder + "/round"

  public let bytes: [UInt8]
  /// The line of the slice at which each target's recipe begins.
  public let recipeLines: SortedMap<String, Int>
}

/// Writes slices of one graph.
///
/// What it writes comes from make's own database, so conditionals, functions and inclusions have had their effect.
/// A rule keeps its target, its prerequisites in order, its recipe, `$*` and the variables that its recipe sees.
public struct SliceWriter: Sendable {
  private let database: Database
  private let exports: Exports
  /// Lines that all slices need: special targets, search paths, variables that patterns have.
  private let common: [String]
  private let targetVariables: SortedMap<String, [TargetVariable]>
  private let patterns: SortedMap<SourcePlace, DatabaseRule>
  private let doubleColon: SortedMap<String, [DatabaseRule]>

  public init(_ graph: Graph) {
    database = graph.database
    exports = Exports(graph.translation)
    let rules = database.rules.filter { !$0.variables.isEmpty }
    targetVariables = SortedMap(rules.sorted { $0.target < $1.target }.map { ($0.target, $0.variables) })
    let places = database.patterns.compactMap { rule in rule.place.map { ($0, rule) } }
    patterns = SortedMap(places.sorted { $0.0 < $1.0 })
    var doubleColon = SortedMap<String, [DatabaseRule]>()
    for rule in database.rules where rule.isDoubleColon { doubleColon[rule.target, default: []].append(rule) }
    self.doubleColon = doubleColon
    common = Self.common(database, exports, PatternOperators(graph.translation))
  }

  /// The slice with the rules of `goals`, and of whatever `group` answers for their prerequisites: names that stand
  /// for others, and phony targets.
  ///
  /// - Parameters:
  ///   - newest: a file that is newer than what the rules made before, so that each of them runs.
  ///   - standIns: the folder with empty files for absent ones.
  public func slice(
    of goals: [Goal], newest: String, standIns: String, group: (String) -> Goal?
  ) -> Slice {
    let groups = Self.groups(of: goals, group)
    let all = goals + groups
    var text = SliceText()
    text.add(
      [".DELETE_ON_ERROR:", ".SECONDARY:", ".EXTRA_PREREQS := \(newest)"] + common + ["vpath % \(standIns)"])
    for name in variables(of: all) { text.add(definition(of: name)) }
    text.add(["export DMAKE_TARGET DMAKE_ASSIGN"] + exports.directives)
    let phony = all.filter(\.isPhony).map { Self.escaped($0.target) }
    text.add([".PHONY: \(([Self.escaped(Slice.goal)] + phony).joined(separator: " "))"])
    var written: SortedSet<String> = []
    // One line: make goes through a target's prerequisites for each line that adds some.
    text.add(["\(Slice.goal): \(goals.map { Self.escaped($0.target) }.joined(separator: " "))"])
    for goal in all where !written.contains(goal.target) { write(goal, newest, &text, &written) }
    return text.slice
  }

  /// Whether the target has rules with `::`, each of which make runs for a reason of its own that time stamps tell.
  public func isDoubleColon(_ target: String) -> Bool { doubleColon[target] != nil }

  /// Needed names, far and near, that are no files of their own.
  private static func groups(of goals: [Goal], _ group: (String) -> Goal?) -> [Goal] {
    let targets = SortedSet(goals.map(\.target))
    var found: [Goal] = []
    var seen: SortedSet<String> = []
    var waiting = goals.flatMap { $0.prerequisites + $0.orderOnly }
    while let name = waiting.popLast() {
      guard !targets.contains(name), !seen.contains(name), let goal = group(name) else { continue }
      seen.insert(name)
      found.append(goal)
      waiting += goal.prerequisites + goal.orderOnly
    }
    return found
  }

  private func write(
    _ goal: Goal, _ newest: String, _ text: inout SliceText, _ written: inout SortedSet<String>
  ) {
    written.insert(goal.target)
    let isOfPattern = goal.stem != nil && !goal.alsoMakes.isEmpty
    for target in [goal.target] + goal.alsoMakes {
      let variables = targetVariables[target] ?? []
      for variable in variables { text.add([line(target, variable)]) }
      // make takes the variable for all targets only where one has no variables and a rule of its own.
      if isOfPattern || !variables.isEmpty {
        text.add(["\(Self.escaped(target)): private .EXTRA_PREREQS := \(newest)"])
      }
    }
    if let parts = doubleColon[goal.target] {
      // Each of them has its own reason to run, which time stamps tell.
      text.add(["\(Self.escaped(goal.target)): private .EXTRA_PREREQS :="])
      for part in parts {
        text.rule(Self.header(part.target, part.prerequisites, part.orderOnly, "::"), part.recipe)
      }
      return
    }
    if goal.stem != nil, !goal.alsoMakes.isEmpty, let place = goal.place, let pattern = patterns[place] {
      for target in goal.alsoMakes { written.insert(target) }
      writePattern(pattern, &text, &written)
      if goal.prerequisites.count > pattern.prerequisites.count {
        text.add([Self.header(goal.target, goal.prerequisites, [], ":")])
      }
      return
    }
    var targets = Self.escaped(goal.target)
    var separator = ":"
    if !goal.alsoMakes.isEmpty {
      for target in goal.alsoMakes { written.insert(target) }
      targets = ([goal.target] + goal.alsoMakes).map(Self.escaped).joined(separator: " ")
      separator = " &:"
    }
    if let stem = goal.stem, !stem.isEmpty, let range = goal.target.firstRange(of: stem) {
      let (head, tail) = (goal.target[..<range.lowerBound], goal.target[range.upperBound...])
      separator += " \(Self.escaped(String(head)))%\(Self.escaped(String(tail))):"
    }
    text.recipe(of: goal.target)
    let needs = Self.needs(goal.prerequisites, goal.orderOnly, isPattern: goal.stem != nil)
    text.rule(targets + separator + needs, goal.recipe)
  }

  /// A pattern with several targets is the only form in which make knows them as made at once.
  private func writePattern(_ rule: DatabaseRule, _ text: inout SliceText, _ written: inout SortedSet<String>) {
    let mark = "pattern " + rule.targets.joined(separator: " ")
    guard !written.contains(mark) else { return }
    written.insert(mark)
    let targets = rule.targets.map(Self.escaped).joined(separator: " ")
    text.rule(targets + ":" + Self.needs(rule.prerequisites, rule.orderOnly, isPattern: false), rule.recipe)
  }

  private static func header(
    _ target: String, _ prerequisites: [String], _ orderOnly: [String], _ separator: String
  ) -> String { escaped(target) + separator + needs(prerequisites, orderOnly, isPattern: false) }

  private static func needs(_ prerequisites: [String], _ orderOnly: [String], isPattern: Bool) -> String {
    func words(_ names: [String]) -> String {
      names.map { name in
        let isPercent = isPattern && name.utf8.contains(Byte.percent)
        return " " + (isPercent ? escaped(name).replacing("%", with: "\\%") : escaped(name))
      }.joined()
    }
    return words(prerequisites) + (orderOnly.isEmpty ? "" : " |" + words(orderOnly))
  }

  /// A name as a makefile must write it.
  private static func escaped(_ name: String) -> String {
    let isSpecial = name.utf8.contains { byte in
      byte == Byte.dollar || byte == Byte.hash || byte == Byte.colon || byte == Byte.space
        || byte == Byte.backslash
    }
    guard isSpecial else { return name }
    return name.replacing("$", with: "$$").replacing("#", with: "\\#").replacing(":", with: "\\:")
  }

  private func line(_ target: String, _ variable: TargetVariable) -> String {
    Self.line(target, variable, isExported: isExported(variable.name))
  }

  private func isExported(_ name: String) -> Bool { exports.ofTargets.contains(name) }

  private static func line(_ target: String, _ variable: TargetVariable, isExported: Bool) -> String {
    let words = [
      variable.isOverride ? "override" : nil, variable.isPrivate ? "private" : nil, isExported ? "export" : nil,
    ].compactMap { $0 }.map { $0 + " " }.joined()
    return "\(escaped(target)): \(words)\(variable.name) \(variable.definition.replacing("#", with: "\\#"))"
  }
}

extension SliceWriter {
  /// Of make's own making, or about the run and not the rules.
  private static let ownVariables: SortedSet<String> = [
    "CURDIR", "MAKEFLAGS", "MAKEFILE_LIST", "MAKECMDGOALS", ".DEFAULT_GOAL", "GNUMAKEFLAGS", "MFLAGS",
    "MAKELEVEL",
    ".EXTRA_PREREQS",
  ]

  private static func common(
    _ database: Database, _ exports: Exports, _ operators: PatternOperators
  ) -> [String] {
    var lines = database.searchPaths.filter { !$0.hasSuffix(" " + HiddenSpace.folder + "/absent") }
    let special = ["ONESHELL", "IGNORE", "SILENT", "POSIX", "NOTPARALLEL", "EXPORT_ALL_VARIABLES", "PRECIOUS"]
    for rule in database.rules where special.contains(where: { rule.target == ".\($0)" }) {
      lines.append(header(rule.target, rule.prerequisites, [], ":"))
    }
    for variable in database.patternVariables {
      let target = TargetVariable(
        name: variable.name, definition: "\(operators[variable]) \(variable.value)",
        isPrivate: variable.isPrivate, isOverride: variable.isOverride)
      lines.append(line(variable.pattern, target, isExported: exports.ofTargets.contains(variable.name)))
    }
    return lines
  }

  /// The variables that the rules need, in order.
  private func variables(of goals: [Goal]) -> [String] {
    let recipes = SortedSet(goals.compactMap(\.recipe))
    let own =
      goals.flatMap { targetVariables[$0.target] ?? [] }.map(\.definition)
      + database.patternVariables.map(\.value)
    let always = ["SHELL", ".SHELLFLAGS", "VPATH", "DMAKE_TARGET", "DMAKE_ASSIGN"]
    let texts = recipes.elements + own + [exports.text] + always.map { "$(\($0))" }
    // `export NAME` is a use of NAME.
    let exported = exports.directives.flatMap { $0.split(separator: " ").dropFirst().map { "$(\($0))" } }
    let needed = exports.isEverything ? nil : VariableReferences.closure(of: texts + exported, in: database)
    let names = needed?.elements ?? database.variables.keys
    return names.filter { name in
      guard let variable = database.variables[name], !Self.ownVariables.contains(name) else { return false }
      switch variable.origin {
      case .makefile, .overrideDirective, .commandLine: return variable.place != nil || name != "SHELL"
      case .defaultValue, .environment, .environmentOverride, .automatic: return false
      }
    }
  }

  /// `define` takes the value as it is, whatever stands in it.
  private func definition(of name: String) -> [String] {
    guard let variable = database.variables[name] else { return [] }
    let override = variable.origin == .overrideDirective ? "override " : ""
    // A backslash at the end would take the `endef` in.
    let end = variable.value.hasSuffix("\\") ? "$(subst ,,)" : ""
    return ["\(override)define \(name) \(variable.isSimple ? ":=" : "=")", variable.value + end, "endef"]
  }
}

/// The operators of variables for patterns, which only the text tells.
private struct PatternOperators {
  private let lines: SortedMap<SourcePlace, String>

  init(_ translation: Translation) {
    var lines: [(SourcePlace, String)] = []
    for file in translation.files {
      let source = SourceText(file: file.path, bytes: file.bytes)
      for line in Scanner.scan(source) where line.kind == .targetVariable {
        lines.append((SourcePlace(file: file.path, line: line.line), file.bytes[line.range].text))
      }
    }
    self.lines = SortedMap(lines)
  }

  subscript(variable: PatternVariable) -> String {
    guard let line = variable.place.flatMap({ lines[$0] }), let name = line.firstRange(of: variable.name),
      let equals = line[name.upperBound...].firstIndex(of: "=")
    else { return "=" }
    let text = line[name.upperBound...equals].filter { !$0.isWhitespace }
    return [":=", "::=", "+=", "?="].contains(text) ? text : "="
  }
}

/// Lines, counted while they are written.
private struct SliceText {
  private var bytes: [UInt8] = []
  private var lines = 0
  private var recipeLines: [(String, Int)] = []
  private var target: String?

  var slice: Slice {
    Slice(bytes: bytes, recipeLines: SortedMap(recipeLines.sorted { $0.0 < $1.0 }))
  }

  mutating func add(_ texts: [String]) {
    for text in texts {
      bytes += Array(text.utf8) + [Byte.newline]
      lines += 1 + text.utf8.count { $0 == Byte.newline }
    }
  }

  /// The next rule's recipe is that of `target`.
  mutating func recipe(of target: String) { self.target = target }

  mutating func rule(_ header: String, _ recipe: String?) {
    add([header])
    guard let recipe else { return }
    if let target { recipeLines.append((target, lines + 1)) }
    target = nil
    add([recipe])
  }
}
