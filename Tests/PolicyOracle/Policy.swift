/// A policy as a value, from which its text is written and which ``Reference`` evaluates without that text.
///
/// This module depends on nothing of the house: what it says that a file must hold cannot share a mistake with the
/// make wrapper.
public struct Policy: Sendable {
  /// In an order in which each rule reads only what inputs or earlier rules make.
  public var rules: [Rule]
  /// Variables, in the order of the text.
  public var definitions: [Definition]
  /// The bundle's files beside the DMakefile. A program begins with `#!`.
  public var files: [String: String]

  public init(rules: [Rule], definitions: [Definition], files: [String: String]) {
    self.rules = rules
    self.definitions = definitions
    self.files = files
  }
}

/// A file, or an element of an XML file. `%` stands for the stem of the rule that has the name.
public struct Name: Hashable, Sendable, CustomStringConvertible {
  public var file: String
  public var tag: String?

  public init(_ file: String, _ tag: String? = nil) {
    self.file = file
    self.tag = tag
  }

  public var description: String { tag.map { "\(file){\($0)}" } ?? file }
}

/// A rule of a policy.
public struct Rule: Sendable {
  /// How the rule is written, which also says for which stems it is there.
  public enum Shape: Sendable {
    /// Once, without a stem.
    case explicit
    /// `%/p/FILE:`, for each node that runs the process.
    case pattern(process: String)
    /// A pattern outside of nodes' folders, for the stems that other rules need.
    case onDemand
    /// `$(DMAKE_NODES:%=…): …%…:`, for each node.
    case staticPattern
    /// A `define` that `foreach` and `eval` make a rule of, for each node.
    case evaluated
  }

  public enum Need: Sendable {
    case one(Name)
    /// The name for each node that is present, `%` being the node.
    case everyNode(Name)
    case orderOnly(Name)
  }

  public var shape: Shape
  /// Several are made by one run of the recipe, all with the same content.
  public var targets: [Name]
  public var needs: [Need]
  /// Of a target with double colons, what its further rules need; each adds what it needs to what stands in the target.
  public var furtherNeeds: [[Need]] = []
  public var recipe: Recipe
  /// Whether the node's agent runs it.
  public var isLocal = false

  public init(_ shape: Shape, _ targets: [Name], _ needs: [Need], _ recipe: Recipe) {
    self.shape = shape
    self.targets = targets
    self.needs = needs
    self.recipe = recipe
  }
}

/// What a rule does.
public struct Recipe: Sendable {
  /// What is written to `$@`.
  public enum Body: Sendable {
    /// `cp $< $@`
    case first
    /// All normal prerequisites, one after the other.
    case all
    /// The sum of the first words of all lines of the prerequisites.
    case sum
    /// A program of the bundle, with the prerequisites as arguments: its first line, then all of them.
    case program(String)
    /// A file of the bundle, then the prerequisites.
    case bundleFile(String)
    /// The nodes that are present.
    case nodes
    /// The stem.
    case stem
    /// Values by tag, in the recipe's text.
    case texts([Name])
    /// Variables of make.
    case variables([String])
    /// All normal prerequisites, then all order-only ones, which are no reason to run.
    case allAndOrder
    /// Event files among the prerequisites are added to what stands in the target.
    case append
    /// A well-formed document around the sum.
    case document
  }

  public enum Value: Sendable {
    case literal(String)
    /// All values of a tag.
    case copy(Name)
    /// A text around a value, or several with line breaks between them.
    case around(String, Name, String)
  }

  public struct Assignment: Sendable {
    public var name: Name
    public var value: Value
    public init(_ name: Name, _ value: Value) {
      self.name = name
      self.value = value
    }
  }

  /// The recipe fails while this value is `bad`.
  public var fails: Name?
  public var body: Body?
  public var assignments: [Assignment]
  /// Assignments that the recipe writes to `$DMAKE_ASSIGN`, of the sum of the prerequisites.
  public var programmed: [Name]

  public init(
    _ body: Body?, assignments: [Assignment] = [], programmed: [Name] = [], fails: Name? = nil
  ) {
    self.fails = fails
    self.body = body
    self.assignments = assignments
    self.programmed = programmed
  }
}
