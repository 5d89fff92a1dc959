import Linux

/// What keeps the wrapper from working at all.
public enum WrapperError: Error, Equatable, Sendable, CustomStringConvertible {
  /// A file of ROOT or of the state folder.
  case file(SystemError)
  case make(MakeProcessError)

  public var description: String {
    switch self {
    case .file(let error): error.description
    case .make(let error): error.description
    }
  }
}
