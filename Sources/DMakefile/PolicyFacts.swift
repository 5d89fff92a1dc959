import Model

/// What has to be known of all makefiles of a policy before a line of them is translated, as far as the text tells.
struct PolicyFacts {
  /// Variables whose values have tags, by themselves or by way of another variable.
  private(set) var variablesWithTags: SortedSet<String> = []
  /// `.ONESHELL`: all lines of a recipe are one text for the shell.
  private(set) var isOneShell = false
  /// Variables whose text is lines of recipes, by name.
  private(set) var canned = SortedMap<String, CannedRecipe>()
  /// Every `define` whose text `$(eval …)` reads.
  private var templates = SortedMap<SourcePlace, Range<Int>>()

  init(_ makefiles: Makefiles) {
    // Who uses a variable.
    var users = SortedMap<String, [String]>()
    for file in makefiles.files {
      let source = file.source
      for line in file.lines {
        if line.kind == .rule, MakeText.words(source.bytes, line.range).first?.hasPrefix(".ONESHELL") == true {
          isOneShell = true
        }
        guard let definition = Self.definition(source, line) else { continue }
        let name = source.bytes[definition.name].text
        for used in MakeText.references(source.bytes, definition.value) {
          users[used, default: []].append(name)
        }
        if !Self.tags(source.bytes, definition).tags.isEmpty { variablesWithTags.insert(name) }
      }
    }
    canned = CannedRecipe.all(in: makefiles)
    for template in Self.templates(makefiles) {
      templates[Self.key(template.source, template.text.lowerBound)] = template.text
    }
    var waiting = variablesWithTags.elements
    while let name = waiting.popLast() {
      for user in users[name] ?? [] where !variablesWithTags.contains(user) {
        variablesWithTags.insert(user)
        waiting.append(user)
      }
    }
  }

  /// Whether a variable is a list of names, in which tags stand for files.
  func isList(_ name: String) -> Bool { variablesWithTags.contains(name) }

  /// The text of the `define` that a line begins, if eval reads it.
  func template(_ source: SourceText, behind line: LogicalLine) -> Range<Int>? {
    templates[Self.key(source, line.range.upperBound + 1)]
  }

  private static func key(_ source: SourceText, _ start: Int) -> SourcePlace {
    SourcePlace(file: source.file, line: source.position(of: start).line)
  }

  private static func templates(_ makefiles: Makefiles) -> [CannedRecipe] {
    let defines = makefiles.files.flatMap { CannedRecipe.defines($0.source, $0.lines) }
    var waiting: [String] = []
    for file in makefiles.files {
      let source = file.source
      for line in file.lines where ![.recipe, .comment, .blank].contains(line.kind) {
        for text in MakeText.evals(source.bytes, line.range) {
          waiting += MakeText.references(source.bytes, text)
        }
      }
    }
    var byName = SortedMap<String, [CannedRecipe]>()
    for define in defines { byName[define.name, default: []].append(define) }
    var names: SortedSet<String> = []
    while let name = waiting.popLast() {
      guard !names.contains(name), let found = byName[name] else { continue }
      names.insert(name)
      for define in found { waiting += MakeText.references(define.source.bytes, define.text) }
    }
    return defines.filter { names.contains($0.name) }
  }

  /// Whether a text refers to canned recipes.
  func names(anyCanned text: [UInt8]) -> Bool {
    text.contains(Byte.dollar) && MakeText.references(text, 0..<text.count).contains { canned[$0] != nil }
  }

  /// The definition in a line, if it is one: of a variable, or of one for a target.
  static func definition(_ source: SourceText, _ line: LogicalLine) -> MakeText.Definition? {
    switch line.kind {
    case .variable, .directive: return MakeText.definition(source.bytes, line.range)
    case .targetVariable:
      return MakeText.ruleParts(source.bytes, line.range).flatMap {
        MakeText.definition(source.bytes, $0.prerequisites)
      }
    default: return nil
    }
  }

  /// The tags in a variable's value. A value with quotes or a shell's operators is no list of names but text, in
  /// which braces may be anything.
  static func tags(_ bytes: [UInt8], _ definition: MakeText.Definition) -> (
    tags: [FoundTag], mistakes: [TagMistake]
  ) {
    let text = bytes[definition.value].prefix { $0 != Byte.hash }
    let finder = TagFinder(bytes, text.startIndex..<text.endIndex, .names)
    if definition.isShell {
      return ([], finder.tags.map { TagMistake(kind: .inFunction("shell"), range: $0.range) })
    }
    var next = text.startIndex
    for tag in finder.tags.map(\.range) + [text.endIndex..<text.endIndex] {
      if bytes[next..<max(next, tag.lowerBound)].contains(where: "\"'`;&<>".utf8.contains) { return ([], []) }
      next = tag.upperBound
    }
    return (finder.tags, finder.mistakes)
  }
}
