/// A line as make sees it: physical lines joined by backslashes count as one.
struct LogicalLine {
  enum Kind: Equatable {
    case blank
    case comment
    /// A line of a recipe, which begins with a tab.
    case recipe
    case rule
    /// `TARGETS: NAME = VALUE`
    case targetVariable
    case variable
    case conditional
    case include
    /// `export`, `vpath`, `undefine` and the like.
    case directive
    /// `define`, what stands in it, and `endef`.
    case define
    case annotation
    /// Only something to expand, as `$(info …)`, or no make at all.
    case other
  }

  let kind: Kind
  /// Without the newline that ends it.
  let range: Range<Int>
  /// The first physical line, from 1.
  let line: Int
  /// Whether a conditional may take it away.
  let isConditional: Bool
}
