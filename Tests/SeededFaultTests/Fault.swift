/// The kinds of faults that are seeded, what says that one was found, and how many of a kind must be.
enum Fault: String, CaseIterable, Sendable {
  case lostTab = "a recipe without its tab"
  case unclosedTag = "a tag that is not closed"
  case badTag = "a tag that is no path"
  case badName = "a name that the tree refuses"
  case outside = "a prerequisite outside of the tree"
  case misspelledValue = "a misspelled tag of a rule's value"
  case deletedRule = "a rule deleted whose result is read"
  case secondWriter = "a second rule for a file or value"
  case mixedWriters = "a file made whole and by tags"
  case foreignFile = "a rule that writes a state"
  case circle = "rules that depend on each other"
  case unread = "a result that nobody reads"
  case unneeded = "a pattern that nothing needs"
  case undeclared = "a read that is no prerequisite"
  case missingProgram = "a program that is missing"
  case notExecutable = "a program that is not executable"
  case missingFile = "a file of the bundle that is missing"
  case unknownVariable = "a misspelled variable of DMake"
  case shortReference = "a reference without parentheses"
  case valueAsCode = "a value as text of a shell or of make"
  case disagreement = "clock, chance, host or network in a rule"
  case shellFunction = "$(shell …) while make reads"
  case localReadsOther = "a local rule that needs another node"
  case joinedLeaders = "two groups of leaders that are joined"
  case badAnnotation = "an annotation that is none"
  case badInvariant = "an invariant that is no XPath"
  case lostAssignment = "an assignment outside of a recipe"
  case wildcard = "a tag of a wildcard"
  case remadeInclude = "an include that a rule makes"
  case badConfiguration = "a configuration that the schema refuses"
  case condition = "a tag that a conditional compares"
  case unknownFunction = "a command of the shell behind one dollar"
  case notWritten = "a recipe that never writes its target"
  case assignmentText = "the text of an assignment in double quotes"
  case syntax = "a line that make cannot read"

  /// Any of these codes, at the level of a warning or an error.
  var codes: [String] {
    switch self {
    case .lostTab: ["DM101", "DM901", "DM105"]
    case .unclosedTag: ["DM102"]
    case .badTag: ["DM103", "DM102"]
    case .badName: ["DM206", "DM104"]
    case .outside: ["DM217"]
    case .misspelledValue: ["DM208"]
    case .deletedRule: ["DM208", "DM124"]
    case .secondWriter: ["DM202", "DM201", "DM215"]
    case .mixedWriters: ["DM201", "DM202"]
    case .foreignFile: ["DM203"]
    case .circle: ["DM205", "DM210"]
    case .unread: ["DM209"]
    case .unneeded: ["DM207"]
    case .undeclared: ["DM114"]
    case .missingProgram: ["DM122", "DM116"]
    case .notExecutable: ["DM123"]
    case .missingFile: ["DM116"]
    case .unknownVariable: ["DM117"]
    case .shortReference: ["DM118"]
    case .valueAsCode: ["DM119", "DM110"]
    case .disagreement: ["DM121"]
    case .shellFunction: ["DM120"]
    case .localReadsOther: ["DM212"]
    case .joinedLeaders: ["DM214"]
    case .badAnnotation: ["DM106", "DM108", "DM130"]
    case .badInvariant: ["DM125"]
    case .lostAssignment: ["DM105", "DM101"]
    case .wildcard: ["DM131"]
    case .remadeInclude: ["DM211"]
    case .badConfiguration: ["DM141"]
    case .condition: ["DM110"]
    case .unknownFunction: ["DM135"]
    case .notWritten: ["DM219"]
    case .assignmentText: ["DM115"]
    case .syntax: ["DM901"]
    }
  }

  /// Of a hundred, how many must be found. Braces that hold no path may be text of make or of a shell, which is left
  /// alone: of those only some are told. The others leave a few in places that no finding looks at.
  var floorPercent: Int {
    switch self {
    case .badTag: 30
    case .unread, .undeclared: 90
    default: 100
    }
  }
}
