import ArgumentParser

/// `--color`.
public enum ColorChoice: String, CaseIterable, ExpressibleByArgument, Sendable {
  case auto, always, never
}

/// What stands out in a text, and how (ECMA-48, SGR).
public enum Emphasis: String, Sendable {
  case none = ""
  case bold = "1"
  case faint = "2"
  case red = "31"
  case green = "32"
  case yellow = "33"
  case cyan = "36"
}

/// Paints text with ANSI colours, or leaves it as it is.
public struct Style: Equatable, Sendable {
  public static let plain = Style(isColored: false)

  public let isColored: Bool
  public init(isColored: Bool) { self.isColored = isColored }

  public func paint(_ text: String, _ emphasis: Emphasis) -> String {
    isColored && emphasis != .none && !text.isEmpty ? "\u{1b}[\(emphasis.rawValue)m\(text)\u{1b}[0m" : text
  }
}
