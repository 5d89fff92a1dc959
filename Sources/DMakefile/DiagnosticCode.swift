/// The kinds of findings. The code is what scripts and suppressions name, so a number is never used again.
///
/// DM0xx is about files, DM1xx about the text, DM2xx about the graph, DM5xx about a leader's tree, DM8xx about
/// suppressions, DM9xx what make itself said.
/// DM107 was used for annotations before they were supported.
public enum DiagnosticCode: String, Hashable, Sendable, CaseIterable {
  case missingPolicy = "DM001"
  case emptyPolicy = "DM002"
  case notUTF8 = "DM003"
  case tooLarge = "DM004"
  case nulByte = "DM005"
  case tooDeep = "DM006"

  case lostTab = "DM101"
  case unterminatedTag = "DM102"
  case badTag = "DM103"
  case badPath = "DM104"
  case assignmentOutsideRecipe = "DM105"
  case unknownAnnotation = "DM106"
  case annotationWithoutRule = "DM108"
  case shellVariableInTag = "DM109"
  case tagInFunction = "DM110"
  case tagInDefine = "DM111"
  case tagInFolderlessPattern = "DM112"
  case recipePrefix = "DM113"
  case undeclaredRead = "DM114"
  case assignmentInShell = "DM115"
  case missingBundleFile = "DM116"
  case unknownVariable = "DM117"
  case shortReference = "DM118"
  case valueAsCode = "DM119"
  case shellFunction = "DM120"
  case notDeterministic = "DM121"
  case missingProgram = "DM122"
  case notExecutable = "DM123"
  case patternWithoutRecipe = "DM124"
  case badInvariant = "DM125"
  case annotationConflict = "DM130"
  case tagWithWildcard = "DM131"
  case annotationWithoutRecipe = "DM132"
  case severalStems = "DM133"
  case unseenFiles = "DM134"
  case unknownFunction = "DM135"
  case foreignShell = "DM136"
  case hereDocument = "DM137"
  case unclosedReference = "DM138"

  case badConfiguration = "DM141"

  case mixedWriters = "DM201"
  case twoWriters = "DM202"
  case foreignFile = "DM203"
  case tagFromVariable = "DM204"
  case circularDependency = "DM205"
  case badTargetPath = "DM206"
  case patternWithoutNeed = "DM207"
  case nothingWrites = "DM208"
  case nobodyReads = "DM209"
  case feedback = "DM210"
  case remadeInclude = "DM211"
  case localRule = "DM212"
  case couldBeLocal = "DM213"
  case joinedLeaders = "DM214"
  case unreachableRule = "DM215"
  case twoSides = "DM216"
  case outsideTree = "DM217"
  case tooManyRules = "DM218"
  case targetNotWritten = "DM219"
  case unknownProcess = "DM220"
  case specialTarget = "DM230"
  case unclearOperator = "DM231"

  case notReported = "DM501"
  case absentValue = "DM502"
  case absentNode = "DM503"
  case trialProblem = "DM504"

  case badSuppression = "DM801"
  case uselessSuppression = "DM802"
  case refusedSuppression = "DM803"

  case makeSyntax = "DM901"
  case makeOther = "DM902"
}

extension DiagnosticCode {
  /// Whether it is about who runs a rule, its node or the leader. A node looks for these itself.
  public var isAboutSides: Bool { self == .localRule || self == .twoSides }
}
