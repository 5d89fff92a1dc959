import ArgumentParser

/// `-o`: for people or for programs.
public enum OutputFormat: String, CaseIterable, ExpressibleByArgument, Sendable {
  case text, json

  /// The one place that decides between the forms of an answer.
  public func render(_ view: some View, style: Style) -> String {
    switch self {
    case .text: view.text(style)
    case .json: view.json.text
    }
  }
}

/// An answer that can be shown: a pure function of values, so tests compare the whole output.
public protocol View: Sendable {
  /// Lines for people, the last one with its line feed.
  func text(_ style: Style) -> String
  /// A document with a schema version and a kind.
  var json: JSON { get }
}
