import Model

/// A makefile with some of a policy's rules and nothing else, in the words of the policy: what make gets when only
/// these must run, so that a run costs what changed and not what exists.
public struct Slice: Equatable, Sendable {
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
  private let graph: Graph
  private var exports: Exports { graph.exports }
  /// Lines that all slices need: special targets, and variables that patterns have.
  private let common: [String]
  private let ofPatterns: [String]
  private let variables: RecipeVariables
  private let doubleColon: SortedMap<String, [DatabaseRule]>

  public init(_ graph: Graph) {
    database = graph.database
    self.graph = graph
    variables = RecipeVariables(graph)
    var doubleColon = SortedMap<String, [DatabaseRule]>()
    for rule in database.rules where rule.isDoubleColon { doubleColon[rule.target, default: []].append(rule) }
    self.doubleColon = doubleColon
    common = Self.common(graph)
    ofPatterns = variables.ofPatterns.map { "\(Self.escaped($0.pattern)): \($0.definition)" }
  }

  /// The slice with the rules of `goals`, and of whatever `group` answers for their prerequisites: names that stand
  /// for others, and phony targets.
  ///
  /// - Parameters:
  ///   - newest: a file that is newer than what the rules made before, so that each of them runs.
  ///   - standIns: the folder with empty files for absent ones; nil where none is needed, since make looks there for
  ///     every name.
  public func slice(
    of goals: [Goal], newest: String, standIns: String?, group: (String) -> Goal?
  ) -> Slice {
    let groups = Self.groups(of: goals, group)
    let all = goals + groups
    var text = SliceText()
    text.add([".DELETE_ON_ERROR:", ".SECONDARY:", ".EXTRA_PREREQS := \(newest)"] + common)
    let definitions = definitions(of: all)
    for name in names(of: all, definitions.map { $0.1 }.flatMap { $0 }) { text.add(definition(of: name)) }
    text.add(ofPatterns + exports.directives + searchPaths(standIns))
    let phony = all.filter(\.isPhony).map { Self.escaped($0.target) }
    text.add([".PHONY: \(([HiddenSpace.goal] + phony).joined(separator: " "))"])
    // One line: make goes through a target's prerequisites for each line that adds some.
    text.add(["\(HiddenSpace.goal): \(goals.map { Self.escaped($0.target) }.joined(separator: " "))"])
    var written: SortedSet<String> = []
    for goal in all where !written.contains(goal.target) { write(goal, definitions, newest, &text, &written) }
    writeFences(all, &text, written)
    text.add(Self.runVariables(database))
    return text.slice
  }

  /// Of the patterns that stand in a slice, no other file is made.
  private func writeFences(_ goals: [Goal], _ text: inout SliceText, _ written: SortedSet<String>) {
    let patterns = goals.flatMap { $0.isWrittenAsPattern ? $0.pattern.compactMap(Pattern.init) : [] }
    guard !patterns.isEmpty else { return }
    let names = SortedSet(goals.flatMap { $0.prerequisites + $0.orderOnly }).filter { name in
      !written.contains(name) && patterns.contains { $0.match(name) != nil }
    }
    for name in names.map(Self.escaped) {
      text.add(["\(name): private .EXTRA_PREREQS :=", "\(name): ;"])
    }
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
    _ goal: Goal, _ definitions: SortedMap<String, [String]>, _ newest: String, _ text: inout SliceText,
    _ written: inout SortedSet<String>
  ) {
    written.insert(goal.target)
    let isOfPattern = goal.isWrittenAsPattern
    for target in [goal.target] + goal.alsoMakes {
      let variables = definitions[target] ?? []
      // make takes the variable for all targets only where one has no variables and a rule of its own.
      if isOfPattern || !variables.isEmpty {
        text.add(["\(Self.escaped(target)): private .EXTRA_PREREQS := \(newest)"])
      }
      text.add(variables.map { "\(Self.escaped(target)): \($0)" })
    }
    if let parts = doubleColon[goal.target] {
      // Each of them has its own reason to run, which time stamps tell.
      text.add(["\(Self.escaped(goal.target)): private .EXTRA_PREREQS :="])
      for part in parts {
        let separator = Self.separator("::", of: part.target, stem: part.stem)
        text.rule(Self.header(part.target, part.prerequisites, part.orderOnly, separator), part.recipe)
      }
      return
    }
    if goal.isWrittenAsPattern {
      for target in goal.alsoMakes { written.insert(target) }
      writePattern(goal, &text, &written)
      return
    }
    var targets = Self.escaped(goal.target)
    var separator = ":"
    if !goal.alsoMakes.isEmpty {
      for target in goal.alsoMakes { written.insert(target) }
      targets = ([goal.target] + goal.alsoMakes).map(Self.escaped).joined(separator: " ")
      separator = " &:"
    }
    separator = Self.separator(separator, of: goal.target, stem: goal.stem)
    text.recipe(of: goal.target)
    let needs = Self.needs(goal.prerequisites, goal.orderOnly, isPattern: goal.stem != nil)
    text.rule(targets + separator + needs, goal.recipe)
  }

  /// With a pattern behind it, from which make knows the stem.
  private static func separator(_ separator: String, of target: String, stem: String?) -> String {
    guard let stem, !stem.isEmpty, let range = target.firstRange(of: stem) else { return separator }
    let (head, tail) = (target[..<range.lowerBound], target[range.upperBound...])
    return separator + " \(escaped(String(head)))%\(escaped(String(tail))):"
  }

  /// What a target needs stands in a line of its own, since the pattern may have other targets.
  private func writePattern(_ goal: Goal, _ text: inout SliceText, _ written: inout SortedSet<String>) {
    let targets = goal.pattern.map(Self.escaped).joined(separator: " ")
    let mark = "pattern " + targets
    if !written.contains(mark) {
      written.insert(mark)
      text.rule(targets + ":", goal.recipe)
    }
    for target in [goal.target] + goal.alsoMakes {
      text.add([Self.header(target, goal.prerequisites, goal.orderOnly, ":")])
    }
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
        || byte == Byte.backslash || byte == Byte.equals
    }
    guard isSpecial else { return name }
    // An `=` would make a line the definition of a variable.
    return name.replacing("$", with: "$$").replacing("#", with: "\\#").replacing(":", with: "\\:")
      .replacing("=", with: "$(subst ,,=)")
  }
}

extension SliceWriter {
  private static func common(_ graph: Graph) -> [String] {
    let special = ["ONESHELL", "IGNORE", "SILENT", "POSIX", "NOTPARALLEL", "PRECIOUS"]
    return graph.database.rules.filter { rule in special.contains { rule.target == ".\($0)" } }
      .map { header($0.target, $0.prerequisites, [], ":") }
  }

  /// What make says of its run, as it would say it of one over the policy.
  private static func runVariables(_ database: Database) -> [String] {
    let values = [".DEFAULT_GOAL", "MAKEFILE_LIST"].map { name in
      let words = (database.variables[name]?.value ?? "").split(separator: " ")
      let others = words.filter { !$0.hasPrefix(HiddenSpace.folder + "/") }.joined(separator: " ")
      return "\(name) := \(MakeText.line(MakeText.literal(others)))"
    }
    return ["undefine MAKECMDGOALS"] + values
  }

  /// `VPATH` comes behind all directives; here, before the folder with the stand-ins.
  private func searchPaths(_ standIns: String?) -> [String] {
    let general = database.variables["VPATH"].map { !$0.value.isEmpty } ?? false
    return database.searchPaths.filter { !$0.hasSuffix(" " + HiddenSpace.folder + "/absent") }
      + (general ? ["vpath % $(VPATH)"] : []) + (standIns.map { ["vpath % \($0)"] } ?? [])
  }

  /// The definitions of the rules' targets that have some.
  private func definitions(of goals: [Goal]) -> SortedMap<String, [String]> {
    var scopes = SortedMap<String, VariableScope>()
    for goal in goals where !goal.inherited.isEmpty { scopes[goal.target] = goal.inherited }
    let targets = SortedSet(goals.flatMap { [$0.target] + $0.alsoMakes })
    let all = targets.map { ($0, variables.definitions(of: $0, inheriting: scopes[$0] ?? VariableScope())) }
    return SortedMap(all.filter { !$0.1.isEmpty })
  }

  /// The variables that the rules need, in order.
  private func names(of goals: [Goal], _ definitions: [String]) -> [String] {
    let recipes = SortedSet(goals.compactMap(\.recipe))
    let own =
      definitions + ofPatterns + database.patternVariables.map { "$(\($0.name))" }
      + variables.references(of: goals.flatMap { [$0.target] + $0.alsoMakes })
    let always = ["SHELL", ".SHELLFLAGS", "VPATH"] + exports.names
    let texts = recipes.elements + own + always.map { "$(\($0))" }
    let needed = exports.isEverything ? nil : VariableReferences.closure(of: texts, in: database)
    let names = needed?.elements ?? database.variables.keys
    return names.filter { name in
      guard let variable = database.variables[name], !Exports.isOfMake(name) else { return false }
      return variable.isOfPolicy && (variable.place != nil || name != "SHELL")
    }
  }

  /// `define` takes the value as it is, whatever stands in it.
  private func definition(of name: String) -> [String] {
    guard let variable = database.variables[name] else { return [] }
    let override = variable.origin == .overrideDirective ? "override " : ""
    // A backslash at the end would take the `endef` in.
    let end = variable.value.hasSuffix("\\") ? "$(subst ,,)" : ""
    let value = variable.isSimple ? MakeText.literal(variable.value) : variable.value
    return ["\(override)define \(name) \(variable.isSimple ? ":=" : "=")", value + end, "endef"]
  }
}
