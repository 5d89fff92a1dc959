import CLibXML2

/// Changes of a node that keep a hand-written document's layout.
extension UnsafeMutablePointer where Pointee == xmlNode {
  /// Replaces the texts in a leaf element; comments and processing instructions stay behind it.
  func replaceText(_ value: String) {
    for child in children where child.isText { child.unlinkAndFree() }
    guard !value.isEmpty, let text = xmlNewDocText(pointee.doc, value) else { return }
    if let first = pointee.children { xmlAddPrevSibling(first, text) } else { xmlAddChild(self, text) }
  }

  /// Puts a new element after this one, on a line of its own if this one stands so.
  func insertAfter(_ element: Node) {
    let blank = blankBefore
    xmlAddNextSibling(self, element)
    // Between two elements libxml2 has no text to merge this one with.
    if let blank, let text = xmlNewDocText(pointee.doc, blank) { xmlAddNextSibling(self, text) }
  }

  /// Puts a new element in as the last one, indented as its siblings or, as the first one, by two blanks more than
  /// this element.
  func append(_ element: Node) {
    let kids = children
    if kids.contains(where: { $0.isText && !$0.isBlankText }) {
      xmlAddChild(self, element)
    } else if let last = kids.last(where: { !$0.isText }) {
      last.insertAfter(element)
    } else {
      for kid in kids { kid.unlinkAndFree() }
      let isRoot = pointee.parent?.pointee.type == XML_DOCUMENT_NODE
      let indentation = isRoot ? "\n" : blankBefore
      if let indentation { addBlank(indentation + "  ") }
      xmlAddChild(self, element)
      if let indentation { addBlank(indentation) }
    }
  }

  /// Takes the element out, and the line that it stood on.
  func removeWithIndentation() {
    let parent = pointee.parent
    let isMixed = parent?.children.contains { $0.isText && !$0.isBlankText } ?? false
    if !isMixed, let blank = pointee.prev, blank.isBlankText { blank.unlinkAndFree() }
    unlinkAndFree()
    guard !isMixed, let rest = parent?.children, rest.allSatisfy(\.isText) else { return }
    for blank in rest { blank.unlinkAndFree() }
  }

  private var blankBefore: String? {
    guard let previous = pointee.prev, previous.isBlankText, let text = Optional(previous.text) else {
      return nil
    }
    // Empty lines before an element separate it from others; they are not its indentation.
    guard let line = text.lastIndex(of: "\n") else { return text }
    return String(text[line...])
  }

  private func addBlank(_ text: String) {
    if let blank = xmlNewDocText(pointee.doc, text) { xmlAddChild(self, blank) }
  }
}
