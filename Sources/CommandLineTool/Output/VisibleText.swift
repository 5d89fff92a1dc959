extension StringProtocol {
  /// The text with everything escaped that could draw on a terminal or reorder what stands there: control
  /// characters (ISO 6429) and Unicode's marks for the direction of writing. Values in the tree are written by
  /// applications, and names by anyone.
  public var visible: String { escapingControls(keepsLines: false) }

  /// As ``visible``, for texts of several lines: line feeds and tabs stay.
  public var visibleLines: String { escapingControls(keepsLines: true) }

  /// ``visible`` between quotation marks, so that where the text ends is DMake's to say: its own quotation marks and
  /// backslashes are escaped.
  public var quoted: String {
    let marked = unicodeScalars.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
    return "\"\(marked.visible)\""
  }

  private func escapingControls(keepsLines: Bool) -> String {
    var result = ""
    for scalar in unicodeScalars {
      switch scalar {
      case "\n" where keepsLines, "\t" where keepsLines: result.unicodeScalars.append(scalar)
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case _ where scalar.isTerminalControl: result += "\\u{\(String(scalar.value, radix: 16))}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}

extension Unicode.Scalar {
  /// A control character, or one that changes the direction of what follows (UAX #9) or breaks the line.
  var isTerminalControl: Bool {
    switch value {
    case 0..<0x20, 0x7f...0x9f, 0x200e, 0x200f, 0x2028...0x202e, 0x2066...0x2069, 0xfeff: true
    default: false
    }
  }
}
