import CLibXML2

/// libxml2's state that belongs to the process: initialised once, before the first document.
enum XMLLibrary {
  /// Silences libxml2, which else prints to stderr, for this thread and those to come, and takes away its means to
  /// load anything: no DTD, schema part or entity is fetched from a file or the network, whatever a document says.
  static let initialized: Void = {
    xmlInitParser()
    xmlSetExternalEntityLoader { _, _, _ in nil }
    dmake_xml_silence()
  }()

  /// Owned text of libxml2 as a string; the original is freed.
  static func take(_ text: UnsafeMutablePointer<xmlChar>?) -> String {
    guard let text else { return "" }
    defer { dmake_xml_free(text) }
    return String(cString: text)
  }

  /// libxml2's message on one line, beginning in lower case.
  static func message(of error: UnsafePointer<xmlError>) -> String {
    guard let raw = error.pointee.message else { return "libxml2 reports error \(error.pointee.code)" }
    let words = String(cString: raw).split { $0 == "\n" || $0 == " " }.joined(separator: " ")
    let isName = words.prefix { $0 != " " }.dropFirst().contains { $0.isUppercase }
    return isName ? words : words.prefix(1).lowercased() + words.dropFirst()
  }
}

typealias Node = UnsafeMutablePointer<xmlNode>
typealias Attribute = UnsafeMutablePointer<xmlAttr>
