import Model

/// A variable whose text is lines of recipes: `define NAME`, or a variable with a shell's text.
///
/// A rule that has `$(NAME)` or `$(call NAME,ARGUMENTS)` as a line of its recipe means what it would mean if the text
/// stood there, with the arguments in the places of `$1`, `$2` and so on.
struct CannedRecipe {
  let name: String
  let source: SourceText
  let text: Range<Int>
  /// Why the text that a rule gets cannot be told from the policy's; nil if it can.
  var obstacle: String?

  /// The canned recipes of all makefiles, by name.
  static func all(in makefiles: Makefiles) -> SortedMap<String, CannedRecipe> {
    var result = SortedMap<String, CannedRecipe>()
    for file in makefiles.files {
      for recipe in defines(file.source, file.lines) + variables(file.source, file.lines) {
        var recipe = recipe
        if result[recipe.name] != nil { recipe.obstacle = "it is defined more than once" }
        result[recipe.name] = recipe
      }
    }
    return result
  }

  /// Every `define`, nested ones as part of the outer one.
  static func defines(_ source: SourceText, _ lines: [LogicalLine]) -> [CannedRecipe] {
    var result: [CannedRecipe] = []
    var head: LogicalLine?
    for line in lines {
      if line.kind == .define { head = line }
      guard line.kind == .endef, let first = head else { continue }
      let start = min(first.range.upperBound + 1, line.range.lowerBound)
      let text = start..<max(start, line.range.lowerBound - 1)
      result += define(source, first, text).map { [$0] } ?? []
      head = nil
    }
    return result
  }

  private static func define(_ source: SourceText, _ head: LogicalLine, _ text: Range<Int>) -> CannedRecipe? {
    guard let definition = MakeText.variable(source.bytes, head.range) else { return nil }
    var recipe = CannedRecipe(name: source.bytes[definition.name].text, source: source, text: text)
    if !["", "="].contains(definition.operation) {
      recipe.obstacle = "make expands it where it is defined"
    } else if head.isConditional {
      recipe.obstacle = "a conditional may take it away"
    }
    return recipe
  }

  /// Variables `NAME = VALUE` that are no lists of names.
  private static func variables(_ source: SourceText, _ lines: [LogicalLine]) -> [CannedRecipe] {
    lines.compactMap { line in
      guard line.kind == .variable || line.kind == .directive,
        let definition = MakeText.definition(source.bytes, line.range)
      else {
        return nil
      }
      let value = source.bytes[definition.value].prefix { $0 != Byte.hash }
      let name = source.bytes[definition.name].text
      var recipe = CannedRecipe(name: name, source: source, text: value.startIndex..<value.endIndex)
      let between = source.bytes[definition.name.upperBound..<definition.value.lowerBound].trimmed
      if between.first != Byte.equals {
        recipe.obstacle = "make expands it, or adds to it, where it is defined"
      } else if line.isConditional {
        recipe.obstacle = "a conditional may take it away"
      }
      return recipe
    }
  }
}

/// Where a recipe line is nothing but a reference to a variable, `$(NAME)` or `$(call NAME,ARGUMENTS)`.
struct CannedUse {
  let name: String
  let reference: Range<Int>
  let arguments: [Range<Int>]

  init?(_ bytes: [UInt8], _ line: Range<Int>) {
    var start = line.lowerBound
    while start < line.upperBound, Byte.isSpace(bytes[start]) || "@-+".utf8.contains(bytes[start]) {
      start += 1
    }
    guard start + 2 < line.upperBound, bytes[start] == Byte.dollar, "({".utf8.contains(bytes[start + 1]) else {
      return nil
    }
    let end = MakeText.skipReference(bytes, start, line.upperBound)
    guard bytes[end..<line.upperBound].trimmed.isEmpty else { return nil }
    let inner = start + 2..<max(start + 2, end - 1)
    reference = start..<end
    guard bytes[inner].starts(with: "call ".utf8) else {
      name = bytes[inner].text
      arguments = []
      return
    }
    let parts = MakeText.arguments(bytes, inner.lowerBound + 5..<inner.upperBound)
    name = parts.first.map { bytes[$0].trimmed.text } ?? ""
    arguments = Array(parts.dropFirst())
  }
}

extension MakeText {
  /// The arguments of a function, between its commas; references and tags are units.
  static func arguments(_ bytes: [UInt8], _ range: Range<Int>) -> [Range<Int>] {
    var result: [Range<Int>] = []
    var start = range.lowerBound
    var next = start
    var depth = 0
    while next < range.upperBound {
      switch bytes[next] {
      case Byte.dollar: next = min(skipReference(bytes, next, range.upperBound), range.upperBound)
      case Byte.openBrace: next = TagText.skip(bytes, next, range.upperBound)
      case Byte.comma where depth == 0:
        result.append(start..<next)
        next += 1
        start = next
      default:
        if bytes[next] == Byte.openParenthesis { depth += 1 }
        if bytes[next] == Byte.closeParenthesis { depth -= 1 }
        next += 1
      }
    }
    return result + [start..<range.upperBound]
  }
}
