import CLibXML2
import Synchronization

/// A RELAX NG schema in the XML syntax (ISO/IEC 19757-2), compiled once.
public final class RelaxNGSchema: Sendable {
  /// libxml2's compiled schema; it may be used from one thread at a time, which the mutex sees to. It is kept as an
  /// address, since the compiler takes a pointer that meets a document for one that belongs to the document's task.
  private struct Compiled: ~Copyable, Sendable {
    private let address: Int
    var schema: xmlRelaxNGPtr? { xmlRelaxNGPtr(bitPattern: address) }

    init(_ schema: xmlRelaxNGPtr) { address = Int(bitPattern: schema) }
    deinit { xmlRelaxNGFree(schema) }
  }

  private let compiled: Mutex<Compiled>

  /// Compiles a schema; includes of other files are refused.
  public init(_ text: String) throws(XMLError) {
    _ = XMLLibrary.initialized
    let problems = Problems()
    let schema = text.utf8CString.withUnsafeBufferPointer { buffer -> xmlRelaxNGPtr? in
      guard let context = xmlRelaxNGNewMemParserCtxt(buffer.baseAddress, Int32(buffer.count - 1)) else {
        return nil
      }
      defer { xmlRelaxNGFreeParserCtxt(context) }
      xmlRelaxNGSetParserStructuredErrors(context, Problems.note, problems.pointer)
      return xmlRelaxNGParse(context)
    }
    guard let schema else {
      let first = problems.list.first
      throw XMLError(
        .schema, line: first?.line, column: first?.column,
        "expected a RELAX NG schema: \(first?.message ?? "it is not well-formed XML"); correct the schema")
    }
    compiled = Mutex(Compiled(schema))
  }

  /// What in the document does not follow the schema, in document order; empty if it is valid.
  public func validate(_ document: XMLDocument) -> [XMLProblem] {
    let problems = Problems()
    compiled.withLock { compiled in
      guard let context = xmlRelaxNGNewValidCtxt(compiled.schema) else {
        problems.add(XMLProblem(line: 0, column: nil, message: "there is no memory to check the document"))
        return
      }
      defer { xmlRelaxNGFreeValidCtxt(context) }
      xmlRelaxNGSetValidStructuredErrors(context, Problems.note, problems.pointer)
      let result = xmlRelaxNGValidateDoc(context, document.document)
      if result != 0, problems.list.isEmpty {
        problems.add(XMLProblem(line: 1, column: nil, message: "the document does not follow its schema"))
      }
    }
    return problems.causes
  }
}

/// Collects what libxml2 reports during one call.
private final class Problems {
  /// A schema with one mistake may report it at thousands of elements.
  private static let limit = 100

  private(set) var list: [XMLProblem] = []
  private enum Kind {
    /// Of an element that it is wrong since something in it is; the first one behind a wrong value says where that is.
    case content
    case value, cause
  }

  /// Of each in the list.
  private var kinds: [Kind] = []
  var pointer: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

  static let note: @convention(c) (UnsafeMutableRawPointer?, xmlErrorPtr?) -> Void = { own, error in
    guard let own, let error else { return }
    let problems = Unmanaged<Problems>.fromOpaque(own).takeUnretainedValue()
    guard problems.list.count < limit else { return }
    problems.add(
      XMLProblem(
        line: Int(error.pointee.line), column: error.pointee.int2 > 0 ? Int(error.pointee.int2) : nil,
        message: XMLLibrary.message(of: UnsafePointer(error))), kind: kind(error.pointee.code))
  }

  func add(_ problem: XMLProblem) { add(problem, kind: .cause) }

  private func add(_ problem: XMLProblem, kind: Kind) {
    list.append(problem)
    kinds.append(kind)
  }

  private static func kind(_ code: Int32) -> Kind {
    switch xmlRelaxNGValidErr(rawValue: UInt32(bitPattern: code)) {
    case XML_RELAXNG_ERR_INTEREXTRA, XML_RELAXNG_ERR_INTERSEQ, XML_RELAXNG_ERR_CONTENTVALID: .content
    case XML_RELAXNG_ERR_TYPE, XML_RELAXNG_ERR_TYPEVAL, XML_RELAXNG_ERR_DATATYPE, XML_RELAXNG_ERR_VALUE: .value
    default: .cause
    }
  }

  /// The problems without what follows from them: of the elements around a wrong one libxml2 says that they are wrong
  /// too. Of one that is too many it says the line only there.
  var causes: [XMLProblem] {
    let causes = list.indices.filter { index in
      kinds[index] != .content || index > 0 && kinds[index - 1] == .value
    }.map { list[$0] }
    guard causes.isEmpty, let first = list.first else { return causes.isEmpty ? list : causes }
    let line = list.lazy.map(\.line).first { $0 > 0 } ?? first.line
    return [XMLProblem(line: line, column: first.column, message: first.message)]
  }
}
