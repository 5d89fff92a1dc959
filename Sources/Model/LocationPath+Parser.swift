/// A recursive descent over the scalars of a location path.
struct LocationPathParser {
  private let scalars: [Unicode.Scalar]
  private var next = 0

  init(_ text: String) { scalars = Array(text.unicodeScalars) }

  mutating func path() throws(LocationPathError) -> (steps: [LocationPath.Step], attribute: String?) {
    var steps: [LocationPath.Step] = []
    while true {
      if take("@") {
        let attribute = try name("an attribute's name after `@`")
        guard next == scalars.count else {
          throw error("expected the end of the path after an attribute, found \(found)")
        }
        return (steps, attribute)
      }
      guard steps.count < LocationPath.stepLimit else {
        throw error("the path has more than \(LocationPath.stepLimit) steps")
      }
      steps.append(try step(isFirst: steps.isEmpty))
      if next == scalars.count { return (steps, nil) }
      guard take("/") else {
        throw error("expected `/`, `[` or the end of the path, found \(found)")
      }
    }
  }

  private mutating func step(isFirst: Bool) throws(LocationPathError) -> LocationPath.Step {
    let name = try name(isFirst ? "an element's name or `@`" : "an element's name or `@` after `/`")
    var attributes: [LocationPath.AttributeTest] = []
    while take("[") {
      if take("@") {
        let name = try self.name("an attribute's name after `[@`")
        try expect("=", "after the attribute's name")
        attributes.append(.init(name: name, value: try quoted()))
        try expect("]", "after the attribute's value")
      } else {
        let position = try number()
        try expect("]", "after the number")
        if peek == "[" { throw error("a number must be the last predicate of its step") }
        return .init(name: name, attributes: attributes, position: position)
      }
    }
    return .init(name: name, attributes: attributes, position: nil)
  }

  /// A name of XML (XML 1.0, production 5; Namespaces in XML, production 7), with at most one prefix.
  private mutating func name(_ expected: String) throws(LocationPathError) -> String {
    var result = ""
    var colons = 0
    while let scalar = peek {
      if scalar == ":" {
        let following = next + 1 < scalars.count ? scalars[next + 1] : nil
        colons += 1
        guard colons == 1, !result.isEmpty, let following, XMLCharacters.startsName(following) else {
          throw error("a name has at most one prefix, as `prefix:name`")
        }
      } else if result.isEmpty ? !XMLCharacters.startsName(scalar) : !XMLCharacters.continuesName(scalar) {
        break
      }
      result.unicodeScalars.append(scalar)
      next += 1
    }
    if result.isEmpty { throw error("expected \(expected), found \(found)") }
    return result
  }

  private mutating func quoted() throws(LocationPathError) -> String {
    guard let quote = peek, quote == "'" || quote == "\"" else {
      throw error("expected a value in quotes, as `[@id='7']`, found \(found)")
    }
    let start = next
    next += 1
    var result = ""
    while let scalar = peek, scalar != quote {
      guard XMLCharacters.isAllowed(scalar) else {
        throw error("XML cannot carry the character U+\(String(scalar.value, radix: 16, uppercase: true))")
      }
      result.unicodeScalars.append(scalar)
      next += 1
    }
    guard next < scalars.count else {
      throw LocationPathError(
        column: start + 1, message: "the quote is not closed; expected another `\(quote)`")
    }
    next += 1
    return result
  }

  private mutating func number() throws(LocationPathError) -> Int {
    let start = next
    var digits = ""
    while let scalar = peek, ("0"..."9").contains(scalar) {
      digits.unicodeScalars.append(scalar)
      next += 1
    }
    guard !digits.isEmpty else {
      throw error("expected `@` and an attribute's name, or a number from 1, found \(found)")
    }
    guard digits.utf8.count <= 9, let number = Int(digits), number >= 1 else {
      throw LocationPathError(
        column: start + 1, message: "expected a number from 1 to 999999999, found `\(digits)`")
    }
    return number
  }

  private var peek: Unicode.Scalar? { next < scalars.count ? scalars[next] : nil }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard peek == scalar else { return false }
    next += 1
    return true
  }

  private mutating func expect(_ scalar: Unicode.Scalar, _ place: String) throws(LocationPathError) {
    guard take(scalar) else { throw error("expected `\(scalar)` \(place), found \(found)") }
  }

  private var found: String { peek.map { "`\(Names.visible(String($0)))`" } ?? "the end" }

  private func error(_ message: String) -> LocationPathError {
    LocationPathError(column: next + 1, message: message)
  }
}
