import Model

/// A bundle's makefiles as GNU make reads them.
public struct Translation: Equatable, Sendable {
  public struct File: Equatable, Sendable {
    /// In the bundle.
    public let path: String
    public let bytes: [UInt8]
    public init(path: String, bytes: [UInt8]) {
      self.path = path
      self.bytes = bytes
    }
  }

  /// The DMakefile, then the makefiles that it includes by name, each with the lines of its source at the same
  /// numbers. A file without notation has exactly its source's bytes.
  public let files: [File]
  /// Every tag of the policy, in the order of the text.
  public let tags: [TagReference]
  public let assignments: [AssignmentSite]
  public let annotations: [Annotation]
  public let diagnostics: [Diagnostic]
  /// No file has any notation: make gets the author's text.
  public let isTransparent: Bool
  /// Positions in ``tags`` and ``assignments`` by number: each goal asks for a few of what may be thousands.
  private let tagsOfVariables: SortedMap<Int, [Int]>
  private let tagsOfAssignments: SortedMap<Int, [Int]>
  private let sites: SortedMap<Int, Int>

  public init(
    files: [File], tags: [TagReference], assignments: [AssignmentSite], annotations: [Annotation],
    diagnostics: [Diagnostic], isTransparent: Bool
  ) {
    self.files = files
    self.tags = tags
    self.assignments = assignments
    self.annotations = annotations
    self.diagnostics = diagnostics
    self.isTransparent = isTransparent
    var tagsOfVariables = SortedMap<Int, [Int]>()
    var tagsOfAssignments = SortedMap<Int, [Int]>()
    for (position, tag) in tags.enumerated() {
      switch tag.role {
      case .recipe(let number): tagsOfVariables[number, default: []].append(position)
      case .assigned(let number): tagsOfAssignments[number, default: []].append(position)
      case .target, .prerequisite, .variable: break
      }
    }
    self.tagsOfVariables = tagsOfVariables
    self.tagsOfAssignments = tagsOfAssignments
    sites = SortedMap(assignments.enumerated().map { ($1.number, $0) })
  }

  public subscript(path: String) -> File? { files.first { $0.path == path } }
  public func site(number: Int) -> AssignmentSite? { sites[number].map { assignments[$0] } }

  /// What the variable `DMAKE_Vn` with this n holds.
  func tags(ofVariable number: Int) -> [TagReference] { (tagsOfVariables[number] ?? []).map { tags[$0] } }

  /// What stands in the Y of the assignment line with this number.
  func tags(ofAssignment number: Int) -> [TagReference] { (tagsOfAssignments[number] ?? []).map { tags[$0] } }
}

/// `X{tag}` somewhere in a policy.
public struct TagReference: Hashable, Sendable {
  public enum Role: Hashable, Sendable {
    case target
    case prerequisite
    /// Among the names that a variable holds.
    case variable
    /// In a shell recipe: the value is the environment variable `DMAKE_Vn` with this n.
    case recipe(variable: Int)
    /// In the Y of the assignment line with this number.
    case assigned(number: Int)
  }

  /// X as it stands, with make's variables and patterns; in a recipe `$*` where the policy has `%`.
  public let file: String
  /// As X.
  public let tag: String
  public let role: Role
  public let place: SourcePlace
  /// Where it begins in its line, in bytes from 1, and how many bytes it has.
  public let column: Int
  public let length: Int
  /// It stands in the text of rules that `$(eval …)` makes: X and tag may have the parameters of that text.
  public let isOfTemplate: Bool

  public init(
    file: String, tag: String, role: Role, place: SourcePlace, column: Int, length: Int,
    isOfTemplate: Bool = false
  ) {
    self.file = file
    self.tag = tag
    self.role = role
    self.place = place
    self.column = column
    self.length = length
    self.isOfTemplate = isOfTemplate
  }
}

/// A line above a rule that says how the rule is to be run, or what is to hold.
public struct Annotation: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    case local
    case leader(String)
    /// An XPath expression over the tree.
    case always(String)
    case eventually(String)
  }

  public let kind: Kind
  public let place: SourcePlace
  /// The lines of the rule below, from its targets to the end of its recipe; nil if there is no rule.
  public let ruleLines: Range<Int>?

  public init(kind: Kind, place: SourcePlace, ruleLines: Range<Int>?) {
    self.kind = kind
    self.place = place
    self.ruleLines = ruleLines
  }

  /// Whether the annotation is about the rule whose recipe begins at a place.
  public func isAbout(ruleAt place: SourcePlace) -> Bool {
    place.file == self.place.file && ruleLines?.contains(place.line) == true
  }
}
