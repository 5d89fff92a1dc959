public import Model

/// A bundle's templates: what a file that is written by tags looks like before the tags are set.
public enum Template {
  public static let folder = "templates"

  /// `templates/NODE/PROC/FILE` for one file, else `templates/PROC/FILE` for that file on every node.
  public static func content(for path: TreePath, in bundle: Bundle) -> Content? {
    if let own = bundle["\(folder)/\(path)"] { return own.content }
    return path.nodeFile.flatMap { bundle["\(folder)/\($0)"]?.content }
  }
}
