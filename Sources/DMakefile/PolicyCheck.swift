import Model

/// What `apply` and `lint` find in a bundle without running make.
public enum PolicyCheck {
  public static let policyLimitBytes = 1 << 20
  public static func diagnostics(of bundle: Bundle) -> [Diagnostic] { [] }
}
