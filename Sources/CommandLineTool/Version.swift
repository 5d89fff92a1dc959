/// The version of everything in the package; agents tell it to their leader.
public enum Version {
  public static let text = "0.1.0"
  /// The day of the version, for the manual pages.
  static let date = "November 22, 2026"
}
