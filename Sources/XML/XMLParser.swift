import CLibXML2

/// One run of libxml2's parser over a document that nobody vouches for.
///
/// Neither entity substitution, DTD loading, network nor the lifting of libxml2's own limits is switched on. The
/// document goes in by pieces, so that a start tag of megabytes is seen before its attributes are compared.
final class XMLParser {
  private static let pieceSizeBytes = 32 << 10
  private static let options = Int32(XML_PARSE_NONET.rawValue | XML_PARSE_BIG_LINES.rawValue)

  private let limits: XMLLimits
  private let context: xmlParserCtxtPtr
  private var nodes = 0
  /// The first reason to stop: our own refusal, or libxml2's error.
  private var refusal: XMLError?
  private var isAtEnd = false
  private var hasRoot = false

  static func parse(_ bytes: [UInt8], limits: XMLLimits) throws(XMLError) -> xmlDocPtr {
    _ = XMLLibrary.initialized
    guard bytes.count <= limits.sizeLimitBytes else {
      throw XMLError(
        .tooLarge, "the document has \(bytes.count) bytes; at most \(limits.sizeLimitBytes) are read")
    }
    guard !bytes.isEmpty else { throw XMLError(.truncated, "the document is empty; expected an XML element") }
    guard let context = xmlCreatePushParserCtxt(nil, nil, nil, 0, nil) else {
      throw XMLError(.tooLarge, "there is no memory to read the document")
    }
    return try XMLParser(context, limits).run(bytes)
  }

  private init(_ context: xmlParserCtxtPtr, _ limits: XMLLimits) {
    self.context = context
    self.limits = limits
    xmlCtxtUseOptions(context, Self.options)
  }

  deinit {
    xmlFreeDoc(context.pointee.myDoc)
    xmlFreeParserCtxt(context)
  }

  private func run(_ bytes: [UInt8]) throws(XMLError) -> xmlDocPtr {
    context.pointee._private = Unmanaged.passUnretained(self).toOpaque()
    installCallbacks()
    bytes.withUnsafeBytes { feed($0) }
    if let refusal { throw refusal }
    guard context.pointee.wellFormed == 1, context.pointee.nsWellFormed == 1,
      let document = context.pointee.myDoc, xmlDocGetRootElement(document) != nil
    else { throw XMLError(.malformed, "expected an XML document with a root element") }
    context.pointee.myDoc = nil
    return document
  }

  private func feed(_ bytes: UnsafeRawBufferPointer) {
    var position = 0
    // libxml2 detects the encoding from the first four bytes and wants them by themselves.
    var size = min(4, bytes.count)
    while position < bytes.count, refusal == nil {
      let start = bytes.baseAddress?.advanced(by: position).assumingMemoryBound(to: CChar.self)
      xmlParseChunk(context, start, Int32(size), 0)
      position += size
      size = min(Self.pieceSizeBytes, bytes.count - position)
      checkPendingTag()
    }
    isAtEnd = true
    if refusal == nil { xmlParseChunk(context, nil, 0, 1) }
  }

  private func checkPendingTag() {
    guard context.pointee.instate == XML_PARSER_START_TAG, let input = context.pointee.input else { return }
    let pending = UnsafePointer(input.pointee.end) - UnsafePointer(input.pointee.cur)
    if pending > limits.tagLimitBytes {
      refuse(
        .tooLarge, "a start tag has more than \(limits.tagLimitBytes) bytes; use elements for large values")
    }
  }

  private func refuse(_ kind: XMLError.Kind, _ message: String) {
    guard refusal == nil else { return }
    let line = context.pointee.input.map { Int($0.pointee.line) }
    refusal = XMLError(kind, line: line, column: nil, message)
    xmlStopParser(context)
  }
}

/// What libxml2 calls while it parses.
extension XMLParser {
  private static func of(_ context: UnsafeMutableRawPointer?) -> XMLParser? {
    guard let own = context?.assumingMemoryBound(to: xmlParserCtxt.self).pointee._private else { return nil }
    return Unmanaged<XMLParser>.fromOpaque(own).takeUnretainedValue()
  }

  private func installCallbacks() {
    guard let handler = context.pointee.sax else { return }
    handler.pointee.serror = { context, error in
      guard let error, let parser = XMLParser.of(context) else { return }
      parser.note(UnsafePointer(error))
    }
    handler.pointee.internalSubset = { context, _, _, _ in
      XMLParser.of(context)?.refuse(
        .documentType, "a document type declaration (`<!DOCTYPE`) is not allowed; remove it")
    }
    handler.pointee.startElementNs = {
      context, name, prefix, uri, spaceCount, spaces, count, defaulted, values in
      guard let parser = XMLParser.of(context), parser.admit(attributes: Int(count)) else { return }
      let line = parser.startTagLine
      xmlSAX2StartElementNs(context, name, prefix, uri, spaceCount, spaces, count, defaulted, values)
      if let line, let node = parser.context.pointee.node { node.pointee.line = line }
    }
    handler.pointee.comment = { context, text in
      if XMLParser.of(context)?.admit() == true { xmlSAX2Comment(context, text) }
    }
    handler.pointee.processingInstruction = { context, target, data in
      if XMLParser.of(context)?.admit() == true { xmlSAX2ProcessingInstruction(context, target, data) }
    }
    handler.pointee.cdataBlock = { context, text, length in
      if XMLParser.of(context)?.admit() == true { xmlSAX2CDataBlock(context, text, length) }
    }
  }

  /// The line in which the start tag that was just read begins; libxml2 keeps the one in which it ends. Nil for lines
  /// that it keeps in another place.
  private var startTagLine: UInt16? {
    guard let input = context.pointee.input else { return nil }
    var place = UnsafePointer(input.pointee.cur)
    var line = input.pointee.line
    // No value of an attribute has a `<`.
    while let byte = place, byte > UnsafePointer(input.pointee.base), byte.pointee != UInt8(ascii: "<") {
      if byte.pointee == UInt8(ascii: "\n") { line -= 1 }
      place = byte - 1
    }
    return line > 0 && line < Int32(UInt16.max) ? UInt16(line) : nil
  }

  private func admit(attributes: Int) -> Bool {
    hasRoot = true
    if Int(context.pointee.nodeNr) >= limits.depthLimit {
      refuse(.tooLarge, "elements are nested more than \(limits.depthLimit) deep; expected a flatter document")
    } else if attributes > limits.attributeLimit {
      refuse(.tooLarge, "an element has \(attributes) attributes; at most \(limits.attributeLimit) are read")
    } else {
      nodes += attributes
      return admit()
    }
    return false
  }

  private func admit() -> Bool {
    nodes += 1
    if nodes > limits.nodeLimit {
      refuse(
        .tooLarge,
        "the document has more than \(limits.nodeLimit) elements and attributes; expected a smaller one")
    }
    return refusal == nil
  }

  /// Keeps the first error; warnings pass.
  private func note(_ error: UnsafePointer<xmlError>) {
    guard refusal == nil, error.pointee.level.rawValue >= XML_ERR_ERROR.rawValue else { return }
    let line = Int(error.pointee.line)
    let column = error.pointee.int2 > 0 ? Int(error.pointee.int2) : nil
    let text = XMLLibrary.message(of: error)
    if error.pointee.code == Int32(XML_ERR_NO_MEMORY.rawValue) {
      refusal = XMLError(
        .tooLarge, line: line, column: column, "a text is too large to be read; divide it (\(text))")
      return
    }
    let isRootClosed = hasRoot && context.pointee.nodeNr == 0
    if isAtEnd, !isRootClosed, error.pointee.code != Int32(XML_ERR_DOCUMENT_EMPTY.rawValue) {
      refusal = XMLError(
        .truncated, line: line, column: column,
        "the document ends too early; write it to another name and rename it when it is complete")
    } else {
      refusal = XMLError(
        .malformed, line: line, column: column, "expected well-formed XML: \(text); correct the document")
    }
  }
}
