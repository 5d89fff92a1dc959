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
    /// `define NAME`, what stands behind it, and its `endef`.
    case define
    case defined
    case endef
    case annotation
    /// Only something to expand, as `$(info …)`, or no make at all.
    case other
  }

  let kind: Kind
  /// Without the newline that ends it.
  let range: Range<Int>
  /// The first physical line, from 1.
  let line: Int
  /// Whether it belongs to a `define`.
  var isOfDefine: Bool { [.define, .defined, .endef].contains(kind) }
  /// Whether a conditional may take it away.
  let isConditional: Bool
}
