extension Policy {
  /// The policy with something else in it: a rule that goes, another recipe, another program, template or data file.
  public func changed(using random: inout some RandomNumberGenerator) -> Policy {
    var copy = self
    let names = files.keys.filter { $0 != "one.xml" && $0 != "two.xml" }.sorted()
    switch Int.random(in: 0..<5, using: &random) {
    case 0 where !rules.isEmpty:
      copy.rules.remove(at: Int.random(in: rules.indices, using: &random))
    case 1 where !rules.isEmpty:
      let index = Int.random(in: rules.indices, using: &random)
      if rules[index].furtherNeeds.isEmpty { copy.rules[index].recipe.change() }
    case 2:
      let index = Int.random(in: definitions.indices, using: &random)
      if index > 1, Bool.random(using: &random) {
        copy.definitions.remove(at: index)
      } else {
        copy.definitions[index].value += "x"
      }
    default:
      guard let name = names.randomElement(using: &random) else { return copy }
      copy.files[name] = Self.other(files[name] ?? "", Int.random(in: 10..<99, using: &random))
    }
    return copy
  }

  /// The text with another number in it.
  private static func other(_ text: String, _ number: Int) -> String {
    guard let digit = text.firstIndex(where: \.isNumber) else { return text }
    let end = text[digit...].firstIndex { !$0.isNumber } ?? text.endIndex
    return text[..<digit] + "\(number)" + text[end...]
  }
}

extension Recipe {
  fileprivate mutating func change() {
    switch body {
    case .first: body = .all
    case .all: body = .sum
    case .sum: body = .all
    default: break
    }
    assignments = assignments.map { assignment in
      if case .literal(let text) = assignment.value { return Assignment(assignment.name, .literal(text + "x")) }
      return assignment
    }
  }
}
