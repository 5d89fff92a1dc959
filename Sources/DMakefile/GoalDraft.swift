import Model

/// What of a goal follows from its recipe and its prerequisites.
struct GoalDraft {
  let prerequisites: [String]
  let recipeReads: [String]
  let assigned: [ValueReference]
  let signature: Digest

  init(
    graph: Graph, target: String, recipe: RecipeText, stem: String?, prerequisites: [String],
    orderOnly: [String], definitions: (SortedSet<String>) -> [String]
  ) {
    let plain = Expander(
      database: graph.database, target: target, stem: stem ?? "", prerequisites: prerequisites)
    // `.SECONDEXPANSION` leaves references in prerequisites.
    let expanded = prerequisites.flatMap { $0.contains("$") ? plain.words($0) ?? [] : [$0] }
    self.prerequisites = expanded
    let expander = Expander(
      database: graph.database, target: target, stem: stem ?? "", prerequisites: expanded)
    var reads: SortedSet<String> = []
    for tag in recipe.tags {
      guard let name = expander.expand(HiddenSpace.encoded(written: tag.tag)) else { continue }
      for file in expander.words(tag.file) ?? [] { reads.insert("\(HiddenSpace.values)/\(file)/~\(name)") }
    }
    for name in recipe.references {
      guard graph.database.variables[name]?.value.contains(HiddenSpace.values) == true else { continue }
      let words = expander.words("$(\(name))") ?? []
      for word in words where word.hasPrefix(HiddenSpace.values + "/") { reads.insert(word) }
    }
    let template = TemplateReads(expander: expander)
    var ofTemplate: SortedSet<String> = []
    if !recipe.templateVariables.isEmpty {
      for text in definitions(recipe.templateVariables) {
        template.files(in: text).forEach { ofTemplate.insert($0) }
      }
    }
    if recipe.hasTemplateValues { template.files(in: recipe.text).forEach { ofTemplate.insert($0) } }
    ofTemplate.elements.forEach { reads.insert($0) }
    recipeReads = reads.elements
    assigned = recipe.sites.flatMap { site -> [ValueReference] in
      guard let tag = site.isComputed ? expander.expand(site.tag) : site.tag else { return [] }
      return (expander.words(site.file) ?? []).compactMap { word in
        (try? TreePath(word)).map { ValueReference($0, tag: tag) }
      }
    }
    signature = recipe.signature(names: expanded + ["|"] + orderOnly + ofTemplate.elements)
  }
}
