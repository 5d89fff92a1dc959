import Model

/// What rules that `$(eval …)` made read and assign. The policy's text has the parameters of the rule's text; what they
/// stand for, make's database tells.
struct TemplateReads {
  /// Goes on with a goal's target, stem and prerequisites.
  let expander: Expander

  /// The value files whose content a text puts in, in the forms that the translation writes.
  func files(in text: String) -> [String] {
    var result: [String] = []
    var rest = text[...]
    while let start = rest.firstRange(of: "$(file <") {
      rest = rest[start.upperBound...]
      let name = rest[..<Self.end(of: rest)]
      if name != "$(dmake_file)" { result += texts(String(name)) }
    }
    rest = text[...]
    while let start = rest.firstRange(of: "$(foreach dmake_file,"),
      let end = rest.firstRange(of: ",$(file <$(dmake_file))")
    {
      if start.upperBound < end.lowerBound {
        result += texts(String(rest[start.upperBound..<end.lowerBound]))
      }
      rest = rest[end.upperBound...]
    }
    result += copied(in: text)
    return result.filter { $0.hasPrefix(HiddenSpace.values + "/") }
  }

  private func texts(_ names: String) -> [String] {
    (expander.words(names) ?? []).compactMap(HiddenSpace.value(ofText:))
  }

  /// The files that assignments name as what they copy.
  private func copied(in text: String) -> [String] {
    var result: [String] = []
    var rest = text[...]
    while let mark = rest.firstRange(of: AssignmentRecord.mark) {
      rest = rest[mark.upperBound...]
      guard let file = rest.firstRange(of: Self.newline) else { break }
      rest = rest[file.upperBound...]
      guard let value = rest.firstRange(of: Self.newline) else { break }
      rest = rest[value.upperBound...]
      guard let end = rest.firstRange(of: ";))") else { break }
      result += expander.words(String(rest[..<end.lowerBound])) ?? []
    }
    return result
  }

  private static let newline = "$(DMAKE_NEWLINE)"

  /// The index of the parenthesis that ends the reference that a text is in.
  private static func end(of text: Substring) -> Substring.Index {
    var depth = 1
    for index in text.indices {
      if text[index] == "(" { depth += 1 }
      if text[index] == ")" { depth -= 1 }
      if depth == 0 { return index }
    }
    return text.endIndex
  }

  /// The site as a recipe has it, with the file and the tag that make put in.
  static func completed(_ site: AssignmentSite, in recipe: String) -> AssignmentSite {
    guard let head = recipe.firstRange(of: AssignmentRecord.head(site.number) + newline),
      let end = recipe[head.upperBound...].firstRange(of: newline)
    else { return site }
    let written = recipe[head.upperBound..<end.lowerBound]
    let parts = written.firstRange(of: "/~").map { (written[..<$0.lowerBound], written[$0.upperBound...]) }
    return AssignmentSite(
      number: site.number, tag: parts.flatMap { HiddenSpace.decoded($0.1) } ?? site.tag,
      file: String(parts?.0 ?? written), isRemoval: site.isRemoval, isCopy: site.isCopy,
      isComputed: site.isComputed, place: site.place)
  }
}
