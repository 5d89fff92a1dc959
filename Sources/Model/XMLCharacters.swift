/// Which characters XML 1.0 (fifth edition) takes, and where.
public enum XMLCharacters {
  /// Production 2, `Char`: what a document can carry at all, escaped or not.
  public static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x9, 0xa, 0xd, 0x20...0xd7ff, 0xe000...0xfffd, 0x10000...0x10ffff: true
    default: false
    }
  }

  /// As the value of an attribute in double quotes; what a document cannot carry becomes `?`.
  public static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case "\"": result += "&quot;"
      case _ where scalar.value < 0x20 || (0xfffe...0xffff).contains(scalar.value): result += "?"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// Production 4, `NameStartChar`, without the colon, which belongs to namespaces.
  public static func startsName(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x41...0x5a, 0x5f, 0x61...0x7a, 0xc0...0xd6, 0xd8...0xf6, 0xf8...0x2ff, 0x370...0x37d,
      0x37f...0x1fff, 0x200c...0x200d, 0x2070...0x218f, 0x2c00...0x2fef, 0x3001...0xd7ff, 0xf900...0xfdcf,
      0xfdf0...0xfffd, 0x10000...0xeffff:
      true
    default: false
    }
  }

  /// Production 4a, `NameChar`, without the colon.
  public static func continuesName(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x2d, 0x2e, 0x30...0x39, 0xb7, 0x300...0x36f, 0x203f...0x2040: true
    default: startsName(scalar)
    }
  }
}
