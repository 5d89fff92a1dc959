/// The version of everything in the package; agents tell it to their leader.
public enum Version {
  public static let text = "0.1.0"
}
