import CLibXML2
import Model

extension XMLDocument {
  /// The values at a path in document order: the paper's `X{tag}`.
  ///
  /// An element's value is its text, exactly as written; that of an element with elements in it is its content as
  /// XML, so that it changes with whatever is in it. An attribute's value is what stands in its quotes.
  public func values(at path: LocationPath) throws(XMLError) -> [String] {
    let elements = try elements(path.steps)
    guard let attribute = path.attribute else { return elements.map { $0.content } }
    return elements.compactMap { $0.attribute(attribute)?.text }
  }

  /// The elements at some steps in document order; for no steps, all elements.
  func elements(_ steps: [LocationPath.Step]) throws(XMLError) -> [Node] {
    xpath.pointee.node = UnsafeMutableRawPointer(document).assumingMemoryBound(to: xmlNode.self)
    xpath.pointee.opCount = 0
    xpath.pointee.opLimit = evaluationLimit
    guard let result = xmlXPathEval(Self.expression(steps), xpath) else {
      throw XMLError(
        .tooLarge,
        "a path takes too many steps in a document of this size; use a shorter path or a smaller document")
    }
    defer { xmlXPathFreeObject(result) }
    guard let set = result.pointee.nodesetval, let nodes = set.pointee.nodeTab else { return [] }
    return (0..<Int(set.pointee.nodeNr)).compactMap { nodes[$0] }
  }

  /// The steps as an XPath 1.0 expression. Literals need no escaping: a value came out of quotes that it does not
  /// contain, so one of the two kinds fits.
  static func expression(_ steps: [LocationPath.Step]) -> String {
    if steps.isEmpty { return "/descendant::*" }
    return steps.enumerated().map { index, step in
      var text = index == 0 ? "/descendant::*" : "/*"
      text += step.name.contains(":") ? "[name()='\(step.name)']" : "[local-name()='\(step.name)']"
      for test in step.attributes {
        let quote = test.value.contains("'") ? "\"" : "'"
        let attribute = test.name.contains(":") ? "@*[name()='\(test.name)']" : "@\(test.name)"
        text += "[\(attribute)=\(quote)\(test.value)\(quote)]"
      }
      return text + (step.position.map { "[\($0)]" } ?? "")
    }.joined()
  }
}
