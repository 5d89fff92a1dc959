import DMakefile
import Model
import XML

extension PolicyCheck {
  /// Annotations that say what must hold in an expression that is none of XPath.
  static func invariantFindings(_ translation: Translation, in bundle: Bundle) -> [Diagnostic] {
    translation.annotations.compactMap { annotation in
      let text: String
      switch annotation.kind {
      case .always(let expression), .eventually(let expression): text = expression
      case .local, .leader: return nil
      }
      guard let error = XPath.error(in: text) else { return nil }
      let lines = bundle[annotation.place.file]?.content.text.split(
        separator: "\n", omittingEmptySubsequences: false)
      let line = lines.flatMap { $0.count >= annotation.place.line ? $0[annotation.place.line - 1] : nil } ?? ""
      let start =
        line.firstRange(of: text).map { line.utf8.distance(from: line.startIndex, to: $0.lowerBound) } ?? 0
      return Diagnostic(
        .badInvariant, file: annotation.place.file, line: annotation.place.line,
        column: start + error.offset + 1,
        length: max(1, text.utf8.count - error.offset), message: "an invariant is no XPath: \(error.message)",
        note: "nobody could say whether it holds",
        hint: "expected an expression of XPath 1.0, as `count(//load) < 9`")
    }
  }
}
