import Model

/// What make printed to its error stream, as diagnostics.
public enum MakeMessages {
  public static func parse(_ output: [UInt8]) -> [Diagnostic] { [] }
}
