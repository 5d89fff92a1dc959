import Model
import XML

/// Why a file could not be put together from its tags.
struct AssemblyError: Error, Equatable {
  /// The tag that did not fit; nil where it is the template.
  let tag: String?
  /// The tag that names the same element, if that is it.
  var other: String?
  let message: String
}

/// Files that rules write tag by tag.
enum Assembly {
  /// The file with these tags set, over a template or over an empty document whose root element is named like the
  /// file (`config` for `config.xml`). Nil without a template and without a value: then nothing makes the file.
  ///
  /// The order is that of the tags, with numbers in them compared as numbers, whatever rule set them when: the
  /// same values always give the same bytes.
  static func content(
    of path: TreePath, over template: Content?, _ values: SortedMap<String, [String]>
  ) throws(AssemblyError) -> Content? {
    if values.isEmpty { return template }
    let document = try document(for: path, template)
    let tags = values.keys.sorted(by: isOrderedNaturally)
    for tag in tags {
      try ofTag(tag) { path throws(XMLError) in try document.set(path, values[tag] ?? [], as: tag) }
    }
    if tags.count > 1 {
      for tag in tags { try ofTag(tag) { path throws(XMLError) in try document.checkOwner(of: path, tag) } }
    }
    let content: Content
    do { content = Content(try document.serialize()) } catch {
      throw AssemblyError(tag: nil, message: "\(error)")
    }
    // What is beyond the limits would read as nothing; a small file is below all of them.
    let isLarge = content.bytes.count > XMLLimits.standard.tagLimitBytes || values.count > 100
    if isLarge, let defect = defect(in: content) {
      throw AssemblyError(tag: nil, message: "DMake would not read the file again: \(defect)")
    }
    return content
  }

  /// What keeps the content from being an XML document that DMake reads, or nil.
  static func defect(in content: Content) -> String? {
    do {
      _ = try XMLDocument.parse(content.bytes)
      return nil
    } catch { return "\(error)" }
  }

  private static func ofTag(
    _ tag: String, _ work: (LocationPath) throws(XMLError) -> Void
  ) throws(AssemblyError) {
    do {
      try work(try LocationPath(tag))
    } catch let error as XMLError {
      throw AssemblyError(tag: tag, other: error.owner, message: "`{\(tag)}`: \(error)")
    } catch { throw AssemblyError(tag: tag, message: "`{\(tag)}`: \(error)") }
  }

  private static func document(for path: TreePath, _ template: Content?) throws(AssemblyError) -> XMLDocument {
    do throws(XMLError) {
      if let template { return try XMLDocument.parse(template.bytes) }
      return try XMLDocument.empty(root: rootName(of: path))
    } catch {
      throw AssemblyError(tag: nil, message: template == nil ? "\(error)" : "its template: \(error)")
    }
  }

  private static func rootName(of path: TreePath) -> String {
    let stem = path.components.last?.prefix { $0 != "." } ?? ""
    return stem.first?.isLetter == true ? String(stem) : "config"
  }

  /// `stream[2]` before `stream[10]`.
  static func isOrderedNaturally(_ left: String, _ right: String) -> Bool {
    var left = Substring(left)
    var right = Substring(right)
    while let a = left.first, let b = right.first {
      guard a.isNumber, b.isNumber else {
        if a != b { return a < b }
        left.removeFirst()
        right.removeFirst()
        continue
      }
      let first = left.prefix(while: \.isNumber).drop { $0 == "0" }
      let second = right.prefix(while: \.isNumber).drop { $0 == "0" }
      if first != second { return (first.count, first) < (second.count, second) }
      left = left.drop(while: \.isNumber)
      right = right.drop(while: \.isNumber)
    }
    return left.isEmpty && !right.isEmpty
  }
}

extension XMLError {
  /// The name under which was set what another path finds.
  fileprivate var owner: String? {
    if case .owner(let name) = kind { return name }
    return nil
  }
}
