import CLibXML2

/// An element with all that is in it, as a value that outlives its document: for readers of known formats.
public struct XMLElement: Hashable, Sendable {
  public struct Attribute: Hashable, Sendable {
    /// As it is written, with the prefix if there is one.
    public let name: String
    public let value: String
  }

  /// Without a prefix.
  public let name: String
  /// In the order they were written.
  public let attributes: [Attribute]
  /// The elements in it; comments and texts are left out.
  public let children: [XMLElement]
  /// All text in it, that of its children included, exactly as written.
  public let text: String
  /// Where it begins, from 1.
  public let line: Int

  public subscript(attribute name: String) -> String? {
    attributes.first { $0.name.isIdentical(to: name) }?.value
  }

  public func children(named name: String) -> [XMLElement] { children.filter { $0.name == name } }
  public func child(named name: String) -> XMLElement? { children.first { $0.name == name } }
}

extension XMLDocument {
  /// The root element and all in it, as a value.
  ///
  /// The recursion is bounded by ``XMLLimits/depthLimit``.
  public var root: XMLElement? { xmlDocGetRootElement(document).map(Self.element) }

  private static func element(_ node: Node) -> XMLElement {
    XMLElement(
      name: node.localName,
      attributes: node.attributes.map { .init(name: $0.qualifiedName, value: $0.text) },
      children: node.children.filter(\.isElement).map(element), text: node.text, line: node.line)
  }
}
