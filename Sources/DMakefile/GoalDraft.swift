import Model

/// What of a goal follows from its recipe and its prerequisites.
struct GoalDraft {
  let prerequisites: [String]
  /// Without those that are normal prerequisites as well: these are normal ones.
  let orderOnly: [String]
  let recipeReads: [String]
  /// Those of them that make puts into a text.
  let textReads: [String]
  let assigned: [ValueReference]
  /// Without the variables of targets, see ``Inheritance``.
  let signature: Digest

  init(
    graph: Graph, target: String, recipe: RecipeText, stem: String?, prerequisites: [String],
    orderOnly: [String], templateValues: [TargetVariable], budget: AnalysisBudget
  ) {
    let plain = Expander(
      database: graph.database, target: target, stem: stem ?? "", prerequisites: prerequisites, budget: budget)
    // `.SECONDEXPANSION` leaves references in prerequisites.
    func names(_ texts: [String]) -> [String] {
      // What cannot be known is no name that anything makes, so that make tells of it.
      texts.flatMap { $0.contains("$") ? plain.words($0) ?? [$0] : [$0] }
    }
    let expanded = names(prerequisites)
    self.prerequisites = expanded
    let normal = orderOnly.isEmpty ? [] : SortedSet(expanded)
    let needed = names(orderOnly)
    self.orderOnly = needed.filter { !normal.contains($0) }
    if expanded.count != prerequisites.count { budget.spend(names: expanded) }
    if needed.count != orderOnly.count { budget.spend(names: needed) }
    let expander =
      expanded == prerequisites
      ? plain
      : Expander(
        database: graph.database, target: target, stem: stem ?? "", prerequisites: expanded, budget: budget)
    var reads: SortedSet<String> = []
    var texts: SortedSet<String> = []
    for tag in recipe.tags {
      guard let name = expander.expand(HiddenSpace.encoded(written: tag.tag)) else { continue }
      let isText = !recipe.isCopied(tag)
      for file in expander.words(tag.file) ?? [] {
        let read = "\(HiddenSpace.values)/\(file)/~\(name)"
        reads.insert(read)
        if isText { texts.insert(read) }
      }
    }
    for name in recipe.references {
      guard graph.database.variables[name]?.value.contains(HiddenSpace.values) == true else { continue }
      let words = expander.words("$(\(name))") ?? []
      for word in words where word.hasPrefix(HiddenSpace.values + "/") { reads.insert(word) }
    }
    let template = TemplateReads(expander: expander)
    var ofTemplate: SortedSet<String> = []
    for variable in templateValues {
      template.files(in: variable.definition).forEach { ofTemplate.insert($0) }
    }
    if recipe.hasTemplateValues { template.files(in: recipe.text).forEach { ofTemplate.insert($0) } }
    ofTemplate.elements.forEach { reads.insert($0) }
    textReads = texts.union(ofTemplate.elements).elements
    recipeReads = reads.elements
    assigned = recipe.sites.flatMap { site -> [ValueReference] in
      guard let tag = site.isComputed ? expander.expand(site.tag) : site.tag else { return [] }
      return (expander.words(site.file) ?? []).compactMap { word in
        (try? TreePath(word)).map { ValueReference($0, tag: tag) }
      }
    }
    budget.spend(recipe.signatureSteps)
    signature = recipe.signature(
      names: expanded + ["|"] + self.orderOnly + ofTemplate.elements + ["*\(stem ?? "")"] + graph.recipeModes)
  }
}
