import CLibXML2

/// Expressions of XPath 1.0 (W3C, 1999), in which a policy says what must hold.
public enum XPath {
  /// What is wrong with a text as an expression, and the byte at which it shows, from 0; nil if nothing is.
  ///
  /// Functions and variables count as wrong if nobody knows them: the expression is tried on an empty document.
  public static func error(in text: String) -> (offset: Int, message: String)? {
    _ = XMLLibrary.initialized
    guard let document = xmlNewDoc("1.0"), let context = xmlXPathNewContext(document) else {
      return (0, "there is no memory for it")
    }
    defer {
      xmlXPathFreeContext(context)
      xmlFreeDoc(document)
    }
    context.pointee.node = UnsafeMutableRawPointer(document).assumingMemoryBound(to: xmlNode.self)
    xmlResetLastError()
    guard let expression = xmlXPathCtxtCompile(context, text) else { return problem(text) }
    defer { xmlXPathFreeCompExpr(expression) }
    guard let result = xmlXPathCompiledEval(expression, context) else { return problem(text) }
    xmlXPathFreeObject(result)
    return nil
  }

  private static func problem(_ text: String) -> (offset: Int, message: String) {
    guard let error = xmlGetLastError() else { return (0, "invalid expression") }
    let offset = min(max(0, Int(error.pointee.int1)), max(0, text.utf8.count - 1))
    return (offset, XMLLibrary.message(of: UnsafePointer(error)))
  }
}
