import CLibXML2

/// What the module asks of libxml2's nodes, without their C names.
extension UnsafeMutablePointer where Pointee == xmlNode {
  var isElement: Bool { pointee.type == XML_ELEMENT_NODE }
  var isBlankText: Bool { xmlIsBlankNode(self) == 1 }
  var isText: Bool {
    [XML_TEXT_NODE, XML_CDATA_SECTION_NODE, XML_ENTITY_REF_NODE].contains(pointee.type)
  }

  /// As it is written, with the prefix if there is one.
  var qualifiedName: String { joined(pointee.ns?.pointee.prefix, pointee.name) }
  var localName: String { String(cString: pointee.name) }
  var line: Int { Int(xmlGetLineNo(self)) }

  /// All text in it, that of elements in it included (XPath 1.0, section 5.2).
  var text: String { XMLLibrary.take(xmlNodeGetContent(self)) }

  /// Its text, or the XML between its tags if there are elements in it.
  var content: String {
    guard isElement, children.contains(where: \.isElement), let buffer = xmlBufferCreate() else { return text }
    defer { xmlBufferFree(buffer) }
    for child in children { xmlNodeDump(buffer, pointee.doc, child, 0, 0) }
    return xmlBufferContent(buffer).map { String(cString: $0) } ?? text
  }

  var children: [Node] {
    Array(sequence(first: pointee.children) { $0?.pointee.next }.prefix { $0 != nil }.compactMap { $0 })
  }

  var attributes: [Attribute] {
    guard isElement else { return [] }
    return Array(
      sequence(first: pointee.properties) { $0?.pointee.next }.prefix { $0 != nil }.compactMap { $0 })
  }

  /// The attribute that is written with that name.
  func attribute(_ name: String) -> Attribute? { attributes.first { $0.qualifiedName.isIdentical(to: name) } }

  func isWithin(_ ancestor: Node) -> Bool {
    var node = pointee.parent
    while let current = node {
      if current == ancestor { return true }
      node = current.pointee.parent
    }
    return false
  }

  func unlinkAndFree() {
    xmlUnlinkNode(self)
    xmlFreeNode(self)
  }
}

extension UnsafeMutablePointer where Pointee == xmlAttr {
  var qualifiedName: String { joined(pointee.ns?.pointee.prefix, pointee.name) }
  var text: String {
    XMLLibrary.take(xmlNodeGetContent(UnsafeMutableRawPointer(self).assumingMemoryBound(to: xmlNode.self)))
  }
}

extension String {
  /// Whether the two are the same bytes. Swift's `==` takes é and e with an accent for one text; XML does not.
  func isIdentical(to other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}

private func joined(_ prefix: UnsafePointer<xmlChar>?, _ name: UnsafePointer<xmlChar>) -> String {
  prefix.map { String(cString: $0) + ":" + String(cString: name) } ?? String(cString: name)
}
