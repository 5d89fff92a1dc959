import DMakefile
import Model
import XML

/// Values of XML files by location path, read once for each version of a file.
struct TagValues {
  private struct File {
    let digest: Digest
    var values: [String: Content] = [:]
  }

  private var files: [TreePath: File] = [:]
  /// Documents of this round; nil for what is no document that is read.
  private var documents: [Digest: XMLDocument?] = [:]

  /// The values as policies see them: one a line, nothing where there is none.
  ///
  /// A line break inside a value becomes a blank, as XML itself does it in attributes: a value must not look like
  /// two.
  mutating func content(of tag: String, in path: TreePath, _ content: Content?) -> Content {
    guard let content else {
      files[path] = nil
      return Self.none
    }
    if files[path]?.digest != content.digest { files[path] = File(digest: content.digest) }
    if let known = files[path]?.values[tag] { return known }
    let document = documents[content.digest] ?? (try? XMLDocument.parse(content.bytes))
    documents[content.digest] = .some(document)
    let values = Self.values(tag, document)
    files[path]?.values[tag] = values
    return values
  }

  /// Frees the documents; what was read from them stays.
  mutating func endRound() { documents.removeAll() }

  static let none = Content("")

  private static func values(_ tag: String, _ document: XMLDocument?) -> Content {
    guard let document, let path = try? LocationPath(tag), let values = try? document.values(at: path) else {
      return none
    }
    return content(of: values)
  }

  /// Values as a value file holds them.
  static func content(of values: [String]) -> Content { Content(ValueFile.bytes(of: values)) }

  /// The values in a value file that a recipe wrote.
  static func values(in content: Content) -> [String] {
    ValueFile.values(in: content.bytes)
  }
}
