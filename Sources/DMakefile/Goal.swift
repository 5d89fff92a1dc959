import Model

/// A target that a round makes, with the rule that makes it. It never changes; as an object it is passed on and sorted
/// by thousands without a copy of all that it says.
public final class Goal: Hashable, Sendable {
  /// make's name of the target: the file, or the output file of a tag target.
  public let target: String
  /// What the target is in the tree; nil for phony targets and names that the tree cannot hold.
  public let output: HiddenName?
  /// The recipe's first line; nil without a recipe.
  public let place: SourcePlace?
  public let recipe: String?
  /// What `%` stands for; nil for an explicit rule.
  public let stem: String?
  /// The concrete prerequisites in make's names, without the order-only ones.
  public let prerequisites: [String]
  public let orderOnly: [String]
  /// Values that the recipe reads by tag, in make's names of their files.
  public let recipeReads: [String]
  /// Those of them that make puts into a text, see ``HiddenSpace``.
  public let textReads: [String]
  /// What the recipe's assignment lines write, as far as X can be known without running make.
  public let assigned: [ValueReference]
  public let isPhony: Bool
  /// The other targets that the same run of the recipe makes.
  public let alsoMakes: [String]
  /// Equal as long as the rule means the same: a digest of the recipe's text, of the definitions of all variables
  /// that it refers to, and of the prerequisites. Another signature is a reason to run the rule although no file
  /// has changed.
  public let signature: Digest

  /// Whether the recipe makes its target only by assignments, so that the target's file is not expected from it.
  public let assignsOnly: Bool
  /// The targets of the implicit rule that makes it, with their `%`; empty for another rule.
  let pattern: [String]
  /// What make hands on to it from the targets that need it.
  let inherited: VariableScope
  /// What stands in brackets above the rule, in the order of the text.
  public let annotations: [Annotation]

  init(
    target: String, output: HiddenName?, place: SourcePlace?, recipe: String?, stem: String?,
    prerequisites: [String], orderOnly: [String], recipeReads: [String],
    textReads: [String], assigned: [ValueReference], isPhony: Bool, alsoMakes: [String], signature: Digest,
    assignsOnly: Bool, pattern: [String],
    inherited: VariableScope = VariableScope(), annotations: [Annotation]
  ) {
    self.target = target
    self.output = output
    self.place = place
    self.recipe = recipe
    self.stem = stem
    self.prerequisites = prerequisites
    self.orderOnly = orderOnly
    self.recipeReads = recipeReads
    self.textReads = textReads
    self.assigned = assigned
    self.isPhony = isPhony
    self.alsoMakes = alsoMakes
    self.signature = signature
    self.assignsOnly = assignsOnly
    self.pattern = pattern
    self.inherited = inherited
    self.annotations = annotations
  }

  /// The goal as a rule whose recipe finds variables at its target, and inherits those of `scope`; `digest` stands for
  /// all that it uses.
  func finding(_ digest: Digest?, inheriting scope: VariableScope) -> Goal {
    Goal(
      target: target, output: output, place: place, recipe: recipe, stem: stem, prerequisites: prerequisites,
      orderOnly: orderOnly, recipeReads: recipeReads, textReads: textReads, assigned: assigned,
      isPhony: isPhony,
      alsoMakes: alsoMakes,
      signature: digest.map { Digest(of: signature.bytes + $0.bytes) } ?? signature, assignsOnly: assignsOnly,
      pattern: pattern,
      inherited: scope, annotations: annotations)
  }

  public static func == (left: Goal, right: Goal) -> Bool {
    if left === right { return true }
    let rules =
      (left.place, left.recipe, left.stem, left.signature) == (
        right.place, right.recipe, right.stem, right.signature
      )
    let reads =
      (left.prerequisites, left.orderOnly, left.recipeReads)
      == (right.prerequisites, right.orderOnly, right.recipeReads)
    let results =
      (left.target, left.output, left.assigned, left.alsoMakes, left.annotations)
      == (right.target, right.output, right.assigned, right.alsoMakes, right.annotations)
    let forms = (left.pattern, left.inherited) == (right.pattern, right.inherited)
    return rules && reads && results && forms
      && (left.isPhony, left.assignsOnly) == (right.isPhony, right.assignsOnly)
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(target)
    hasher.combine(signature)
  }

  /// Whether a node's agent is to run the rule.
  public var isLocal: Bool { annotations.contains { $0.kind == .local } }
  /// The group of leaders that runs the rule; nil for the one that all rules without a name belong to.
  public var leader: String? {
    for annotation in annotations { if case .leader(let name) = annotation.kind { return name } }
    return nil
  }
}

/// A file or a value of the tree, and the rule that writes it.
public struct Owner: Hashable, Sendable {
  public let reference: ValueReference
  /// make's name of the rule's target.
  public let target: String
  public let place: SourcePlace?
}
