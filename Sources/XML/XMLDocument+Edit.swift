import CLibXML2
import Model

/// Setting values: the paper's `X{tag}=Y`.
extension XMLDocument {
  /// Makes the values at a path exactly these, in order.
  ///
  /// Existing elements are overwritten in document order; further ones are made after the last of them, and what is
  /// left over is removed, so no values remove all. Where the path finds nothing, its missing steps are made: in the
  /// first element that its longest matching part finds, else in the root element, with the attributes that
  /// its predicates ask for. Of elements within one another that match, the outermost are meant.
  ///
  /// What was set under one `name` is not set or removed under another: two paths that find the same element would undo
  /// each other's work.
  ///
  /// An error leaves the document as it was.
  public func set(_ path: LocationPath, _ values: [String], as name: String? = nil) throws(XMLError) {
    for value in values { try Self.check(value) }
    if let attribute = path.attribute {
      try setAttribute(attribute, of: path, values, name)
    } else {
      try setElements(path, values, name)
    }
  }

  /// Checks that nothing of these elements, or of one attribute of them, was set under another name.
  private func check(_ elements: [Node], _ attribute: String?, _ name: String?) throws(XMLError) {
    guard let name, !owners.isEmpty else { return }
    for element in elements {
      guard let owner = owners[Place(element: element, attribute: attribute)], owner != name else { continue }
      throw XMLError(
        .owner(owner),
        "`{\(owner)}` names the same \(attribute == nil ? "element" : "attribute"); write one path for it everywhere"
      )
    }
  }

  /// As ``check(_:_:_:)``, of elements that go with all that is in them.
  private func checkRemoval(of elements: some Sequence<Node>, _ name: String?) throws(XMLError) {
    guard let name else { return }
    for element in elements {
      guard
        let owner = owners.filter({ place, owner in
          owner != name && (place.element == element || place.element.isWithin(element))
        }).map(\.value).min()
      else { continue }
      throw XMLError(
        .owner(owner), "`{\(owner)}` sets what is in the same element; name elements that are in no other")
    }
  }

  /// Checks, when all was set, that the path finds what was set under its name and nothing that was set under another.
  public func checkOwner(of path: LocationPath, _ name: String) throws(XMLError) {
    if let attribute = path.attribute {
      try check(elements(path.steps).filter { $0.attribute(attribute) != nil }, attribute, name)
      return
    }
    let matches = try outermost(path.steps)
    try check(matches, nil, name)
    try checkRemoval(of: matches.filter { $0.children.contains(where: \.isElement) }, name)
  }

  private func note(_ elements: some Sequence<Node>, _ attribute: String?, _ name: String?) {
    guard let name else { return }
    for element in elements { owners[Place(element: element, attribute: attribute)] = name }
  }

  private static func check(_ value: String) throws(XMLError) {
    guard let bad = value.unicodeScalars.first(where: { !XMLCharacters.isAllowed($0) }) else { return }
    throw XMLError(
      .value,
      "XML cannot carry the character U+\(String(bad.value, radix: 16, uppercase: true)) of a value; remove it or encode the value"
    )
  }

  private func setElements(_ path: LocationPath, _ values: [String], _ name: String?) throws(XMLError) {
    let matches = try outermost(path.steps)
    try checkCount(values.count, of: path, matches)
    try check(Array(matches.prefix(values.count)), nil, name)
    try checkRemoval(of: matches.dropFirst(values.count), name)
    for (node, value) in zip(matches, values) where !node.text.isIdentical(to: value) {
      guard !node.children.contains(where: \.isElement) else {
        throw XMLError(
          .path, line: node.line,
          "the element `\(node.qualifiedName)` at `\(path)` has elements in it; name one of them instead")
      }
    }
    let made =
      try values.count > matches.count ? make(values.count - matches.count, at: path, after: matches) : []
    for (node, value) in zip(matches + made, values) where !node.text.isIdentical(to: value) {
      node.replaceText(value)
    }
    for node in matches.dropFirst(values.count) {
      if name != nil { owners = owners.filter { !($0.key.element == node || $0.key.element.isWithin(node)) } }
      node.removeWithIndentation()
    }
    note((matches + made).prefix(values.count), nil, name)
  }

  private func setAttribute(
    _ name: String, of path: LocationPath, _ values: [String], _ owner: String?
  ) throws(XMLError) {
    var elements = try elements(path.steps)
    var carriers = elements.filter { $0.attribute(name) != nil }
    if path.steps.isEmpty {
      elements = carriers.isEmpty ? Array(elements.prefix(1)) : carriers
    }
    try check(carriers, name, owner)
    if values.count > carriers.count {
      if values.count > elements.count {
        guard !path.steps.isEmpty else {
          throw XMLError(
            .path,
            "`\(path)` names \(elements.count) attribute(s), but \(values.count) values were given; name an element"
          )
        }
        try checkCount(values.count, of: path, elements)
        try checkPrefix(name)
        elements += try make(values.count - elements.count, at: path, after: elements)
      }
      var missing = values.count - carriers.count
      carriers = elements.filter { element in
        if element.attribute(name) != nil { return true }
        missing -= 1
        return missing >= 0
      }
    }
    for (element, value) in zip(carriers, values) { try setAttribute(name, of: element, value) }
    note(carriers.prefix(values.count), name, owner)
    for element in carriers.dropFirst(values.count) {
      if let attribute = element.attribute(name) { xmlRemoveProp(attribute) }
    }
  }

  private func outermost(_ steps: [LocationPath.Step]) throws(XMLError) -> [Node] {
    var result: [Node] = []
    // Document order puts an element before what is in it, so the last outermost one is the only candidate.
    for node in try elements(steps) {
      if let last = result.last, node.isWithin(last) { continue }
      result.append(node)
    }
    return result
  }

  private func checkCount(_ count: Int, of path: LocationPath, _ matches: [Node]) throws(XMLError) {
    if count > 1, path.steps.last?.position != nil {
      throw XMLError(.path, "`\(path)` names one element, but \(count) values were given; leave out the number")
    }
    let root = xmlDocGetRootElement(document)
    if count != 1, path.attribute == nil, matches.contains(where: { $0 == root }) {
      throw XMLError(
        .path, "`\(path)` names the root element, which takes exactly one value; \(count) were given")
    }
    if count > matches.count, matches.contains(where: { $0 == root }) {
      throw XMLError(.path, "`\(path)` names the root element, which cannot be repeated")
    }
  }
}
