import Model

/// What GNU make knows of a policy: its own database, as `make -pq` prints it.
public struct Database: Equatable, Sendable {
  /// Explicit rules and files that rules name, in the order of the text.
  public var rules: [DatabaseRule] = []
  /// Pattern rules, in the order in which make tries them.
  public var patterns: [DatabaseRule] = []
  public var variables = SortedMap<String, DatabaseVariable>()
  /// Variables of pattern rules' recipes, in the order in which make goes through them. make does not tell their
  /// operator.
  public var patternVariables: [PatternVariable] = []
  /// The `vpath` directives, as make prints them.
  public var searchPaths: [String] = []
  /// The names in the environment of a recipe without variables of its own; nil if make was not asked for it.
  public var environment: SortedSet<String>?

  /// What make is given in its own environment, in rounds.
  public static let givenEnvironment: SortedSet<String> = [
    "PATH", "LC_ALL", "HOME", "TMPDIR", "DMAKE_BUNDLE",
  ]

  public init() {}

  /// Names of nodes that are IP literals stand with `\:` in what make has read or expanded once, such as a template's
  /// text or a simple variable. Recipes are to have them as they are (``Membership``), and nothing else reads texts
  /// and variables from here on.
  mutating func unescapeNodes() {
    let words = variables["DMAKE_NODES"]?.value.split { " ,()".contains($0) } ?? []
    let nodes = SortedSet(words.filter { $0.contains("\\:") }.map(String.init)).elements
    if nodes.isEmpty { return }
    func plain(_ text: String) -> String {
      guard text.contains("\\:") else { return text }
      return nodes.reduce(text) { $0.replacing($1, with: $1.replacing("\\:", with: ":")) }
    }
    func plain(_ rule: inout DatabaseRule) {
      rule.recipe = rule.recipe.map(plain)
      for index in rule.variables.indices { rule.variables[index].value = plain(rule.variables[index].value) }
    }
    for index in rules.indices { plain(&rules[index]) }
    for index in patterns.indices { plain(&patterns[index]) }
    for index in patternVariables.indices {
      patternVariables[index].value = plain(patternVariables[index].value)
    }
    for (name, variable) in variables where !name.hasPrefix("DMAKE_") {
      variables[name]?.value = plain(variable.value)
    }
  }

  /// Names the rules' places anew, as files that make read stand for those of a bundle.
  public mutating func movePlaces(_ move: (SourcePlace) -> SourcePlace) {
    for index in rules.indices {
      rules[index].place = rules[index].place.map(move)
      for position in rules[index].variables.indices {
        rules[index].variables[position].place = rules[index].variables[position].place.map(move)
      }
    }
    for index in patterns.indices { patterns[index].place = patterns[index].place.map(move) }
    for index in patternVariables.indices {
      patternVariables[index].place = patternVariables[index].place.map(move)
    }
  }
}

/// A rule, or a file that is no target, as make's database tells it.
public struct DatabaseRule: Equatable, Sendable {
  /// One, or more for a pattern rule with several targets.
  public var targets: [String]
  public var prerequisites: [String] = []
  public var orderOnly: [String] = []
  /// The recipe's lines with their tabs and continuations; nil without a recipe.
  public var recipe: String?
  /// The recipe's first line.
  public var place: SourcePlace?
  public var isPhony = false
  public var isDoubleColon = false
  /// Set for what is only a prerequisite or a file that make knows.
  public var isTarget = true
  /// What `%` stood for, in a static pattern rule or an implicit rule that make chose.
  public var stem: String?
  /// Other targets that one run of the recipe makes.
  public var alsoMakes: [String] = []
  /// Variables that only this target's recipe sees.
  public var variables: [TargetVariable] = []

  public init(targets: [String]) { self.targets = targets }

  public var target: String { targets.first ?? "" }
}

/// `TARGET: NAME = VALUE`, for a target or a pattern.
public struct TargetVariable: Equatable, Sendable {
  public let name: String
  /// `=`, `:=` or `+=`; of a pattern also `?=` and `!=`.
  public let operation: String
  /// What make has: the text itself of a variable that was expanded when it was read, else what is to be expanded.
  public internal(set) var value: String
  public let isPrivate: Bool
  public let isOverride: Bool
  public var place: SourcePlace?

  /// With its operator, as make is to read it: `= $(A)`, `:= 7`, `+= more`.
  public var definition: String {
    "\(operation) \(MakeText.line(operation == ":=" ? MakeText.literal(value) : value))"
  }
}

/// `PATTERN: NAME = VALUE`
public struct PatternVariable: Equatable, Sendable {
  public let pattern: String
  public let name: String
  /// As it was written, not expanded, unless the operator is `:=`.
  public internal(set) var value: String
  public let isPrivate: Bool
  public let isOverride: Bool
  public var place: SourcePlace?
}

public struct DatabaseVariable: Equatable, Sendable {
  public enum Origin: String, Sendable {
    case defaultValue = "default"
    case environment
    case makefile
    case commandLine = "command line"
    case overrideDirective = "'override' directive"
    case automatic
    case environmentOverride = "environment under -e"
  }

  /// The text itself of a simple variable, else what is to be expanded.
  public internal(set) var value: String
  public let origin: Origin
  /// `:=`, expanded when it was read.
  public let isSimple: Bool
  public let place: SourcePlace?

  /// A makefile defines it, or the command line.
  var isOfPolicy: Bool { [.makefile, .overrideDirective, .commandLine].contains(origin) }

  public init(value: String, origin: Origin, isSimple: Bool, place: SourcePlace?) {
    self.value = value
    self.origin = origin
    self.isSimple = isSimple
    self.place = place
  }
}
