import Model

/// What a file name that make uses stands for in the tree.
public enum HiddenName: Hashable, Sendable {
  /// A file of the tree itself.
  case file(TreePath)
  /// The observed value of `X{tag}`.
  case value(ValueReference)
  /// What a rule `X{tag}:` makes.
  case output(ValueReference)

  public init?(_ text: String) {
    if let (isOutput, path, tag) = HiddenSpace.split(text) {
      guard let path = try? TreePath(path) else { return nil }
      let reference = ValueReference(path, tag: tag)
      self = isOutput ? .output(reference) : .value(reference)
    } else if let path = try? TreePath(text) {
      self = .file(path)
    } else {
      return nil
    }
  }

  /// The file of the tree that is read or written.
  public var reference: ValueReference {
    switch self {
    case .file(let path): ValueReference(path)
    case .value(let reference), .output(let reference): reference
    }
  }
}
