import CLibXML2
import Model

/// Making the elements that a path asks for.
extension XMLDocument {
  /// Makes elements for a path's last step: after the last match, else in the place that ``set(_:_:)`` documents.
  /// All checks come before the first change.
  func make(_ count: Int, at path: LocationPath, after matches: [Node]) throws(XMLError) -> [Node] {
    let steps = path.steps
    guard let step = steps.last else { return [] }
    for step in steps { try check(step, of: path) }
    if let last = matches.last { return add(count, step, after: last) }
    var (parent, missing) = try place(for: steps)
    for step in missing {
      guard let made = newElement(step, in: parent) else { return [] }
      parent.append(made)
      parent = made
    }
    return [parent] + add(count - 1, step, after: parent)
  }

  private func add(_ count: Int, _ step: LocationPath.Step, after match: Node) -> [Node] {
    var last = match
    return (0..<count).compactMap { _ in
      guard let made = newElement(step, in: last.pointee.parent) else { return nil }
      last.insertAfter(made)
      last = made
      return made
    }
  }

  /// The element in which the first missing step goes, and the missing steps.
  private func place(
    for steps: [LocationPath.Step]
  ) throws(XMLError) -> (parent: Node, missing: ArraySlice<LocationPath.Step>) {
    guard let root = xmlDocGetRootElement(document) else {
      throw XMLError(.path, "the document has no root element")
    }
    var parent = root
    var found = 0
    for length in stride(from: steps.count - 1, to: 0, by: -1) {
      if let match = try elements(Array(steps.prefix(length))).first {
        (parent, found) = (match, length)
        break
      }
    }
    let missing = steps.dropFirst(found)
    for (index, step) in missing.enumerated() {
      guard let position = step.position else { continue }
      let sibling = LocationPath.Step(name: step.name, attributes: step.attributes, position: nil)
      let others = try index > 0 ? [] : elements(Array(steps.prefix(found)) + [sibling])
      let present = found == 0 ? others.count : others.count { $0.pointee.parent == parent }
      guard position == present + 1 else {
        throw XMLError(
          .path,
          "there are \(present) elements `\(step.name)`, so `\(step.name)[\(position)]` cannot be made; make `[\(present + 1)]` first"
        )
      }
    }
    return (parent, missing)
  }

  private func check(_ step: LocationPath.Step, of path: LocationPath) throws(XMLError) {
    try checkPrefix(step.name)
    for (index, test) in step.attributes.enumerated() {
      try checkPrefix(test.name)
      if step.attributes[..<index].contains(where: {
        $0.name == test.name && !$0.value.isIdentical(to: test.value)
      }) {
        throw XMLError(.path, "`\(path)` asks for two values of `@\(test.name)`, so no element can match")
      }
    }
  }

  /// A prefix can be used only if the root element declares it.
  func checkPrefix(_ name: String) throws(XMLError) {
    let parts = name.split(separator: ":")
    guard parts.count == 2, let prefix = parts.first else { return }
    if xmlSearchNs(document, xmlDocGetRootElement(document), String(prefix)) == nil {
      throw XMLError(
        .path,
        "the prefix of `\(name)` is not declared at the document's root element; declare it by `xmlns:\(prefix)`"
      )
    }
  }

  func setAttribute(_ name: String, of element: Node, _ value: String) throws(XMLError) {
    if let attribute = element.attribute(name), attribute.text.isIdentical(to: value) { return }
    try checkPrefix(name)
    let (space, local) = resolve(name, in: element, isAttribute: true)
    if let space { xmlSetNsProp(element, space, local, value) } else { xmlSetProp(element, local, value) }
  }

  private func newElement(_ step: LocationPath.Step, in parent: Node?) -> Node? {
    guard let parent else { return nil }
    let (space, local) = resolve(step.name, in: parent, isAttribute: false)
    guard let element = xmlNewDocNode(document, space, local, nil) else { return nil }
    for test in step.attributes {
      let (space, local) = resolve(test.name, in: parent, isAttribute: true)
      if let space {
        xmlSetNsProp(element, space, local, test.value)
      } else {
        xmlSetProp(element, local, test.value)
      }
    }
    return element
  }

  /// A new element without a prefix belongs to the default namespace of its place, as it would when read again;
  /// an attribute without one belongs to none (Namespaces in XML, section 6.2).
  private func resolve(_ name: String, in place: Node, isAttribute: Bool) -> (space: xmlNsPtr?, local: String) {
    let parts = name.split(separator: ":")
    if parts.count == 2 {
      let space = xmlSearchNs(document, place, String(parts[0]))
      return (space, space == nil ? name : String(parts[1]))
    }
    return (isAttribute ? nil : xmlSearchNs(document, place, nil), name)
  }
}
