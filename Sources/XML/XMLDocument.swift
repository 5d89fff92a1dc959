import CLibXML2
import Model

/// An XML document in libxml2's memory: values are read and set by location paths, and all that an edit does not
/// touch stays as it was: comments, CDATA sections, namespaces, unknown elements, the declaration, the encoding.
///
/// Not for several threads at once.
public final class XMLDocument {
  /// libxml2's word for a declaration without `standalone`; -1 is its word for no declaration.
  private static let declaredOnly: Int32 = -2

  /// An element's text, or an attribute of it.
  struct Place: Hashable {
    let element: Node
    let attribute: String?
  }

  let document: xmlDocPtr
  /// What was set under a name, and under which.
  var owners: [Place: String] = [:]
  let xpath: xmlXPathContextPtr
  /// How many operations libxml2 may spend on one path: under a second. A document of half a million elements and a
  /// path of 32 steps through all of them stay below.
  var evaluationLimit: UInt = 50_000_000

  /// Reads a document that nobody vouches for.
  public static func parse(
    _ bytes: [UInt8], limits: XMLLimits = .standard
  ) throws(XMLError) -> XMLDocument {
    try XMLDocument(owning: XMLParser.parse(bytes, limits: limits))
  }

  /// A document that has only a root element of that name.
  public static func empty(root name: String) throws(XMLError) -> XMLDocument {
    _ = XMLLibrary.initialized
    let scalars = name.unicodeScalars
    guard let first = scalars.first, XMLCharacters.startsName(first),
      scalars.dropFirst().allSatisfy(XMLCharacters.continuesName)
    else {
      throw XMLError(.value, "`\(name)` cannot name an element; expected a letter, then letters and digits")
    }
    guard let document = xmlNewDoc("1.0"), let root = xmlNewDocNode(document, nil, name, nil) else {
      throw XMLError(.tooLarge, "there is no memory for a new document")
    }
    xmlDocSetRootElement(document, root)
    document.pointee.standalone = declaredOnly
    document.pointee.encoding = UnsafePointer(xmlStrdup("UTF-8"))
    return try XMLDocument(owning: document)
  }

  private init(owning document: xmlDocPtr) throws(XMLError) {
    guard let context = xmlXPathNewContext(document) else {
      xmlFreeDoc(document)
      throw XMLError(.tooLarge, "there is no memory to read the document")
    }
    self.document = document
    xpath = context
  }

  deinit {
    xmlXPathFreeContext(xpath)
    xmlFreeDoc(document)
  }

  /// The document as text in its own encoding; the same tree gives the same bytes.
  public func serialize() throws(XMLError) -> [UInt8] {
    let hasDeclaration = document.pointee.standalone != -1
    let encoding = document.pointee.encoding.map { String(cString: $0) }
    var bytes: [UInt8] = []
    // libxml2 would add `encoding` to a declaration that has none.
    if hasDeclaration, encoding == nil { bytes += Array(bareDeclaration.utf8) }
    let options = XML_SAVE_AS_XML.rawValue | (hasDeclaration && encoding != nil ? 0 : XML_SAVE_NO_DECL.rawValue)
    return bytes + (try write(encoding ?? "UTF-8", options) { xmlSaveDoc($0, document) >= 0 })
  }

  /// The root element with all in it, in UTF-8, as it may stand in another document.
  public func rootText() throws(XMLError) -> String {
    let bytes = try write("UTF-8", XML_SAVE_AS_XML.rawValue | XML_SAVE_NO_DECL.rawValue) {
      xmlSaveTree($0, xmlDocGetRootElement(document)) >= 0
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private func write(
    _ encoding: String, _ options: UInt32, _ save: (xmlSaveCtxtPtr) -> Bool
  ) throws(XMLError) -> [UInt8] {
    guard let buffer = xmlBufferCreate() else {
      throw XMLError(.tooLarge, "there is no memory for the document")
    }
    defer { xmlBufferFree(buffer) }
    let context = xmlSaveToBuffer(buffer, encoding, Int32(options))
    let isWritten = context.map(save) ?? false
    guard let context, xmlSaveClose(context) >= 0, isWritten else {
      throw XMLError(.value, "the document cannot be written in the encoding `\(encoding)`; use UTF-8")
    }
    return Array(UnsafeBufferPointer(start: xmlBufferContent(buffer), count: Int(xmlBufferLength(buffer))))
  }

  private var bareDeclaration: String {
    let version = document.pointee.version.map { String(cString: $0) } ?? "1.0"
    let standalone =
      switch document.pointee.standalone {
      case 0: " standalone=\"no\""
      case 1: " standalone=\"yes\""
      default: ""
      }
    return "<?xml version=\"\(version)\"\(standalone)?>\n"
  }
}
