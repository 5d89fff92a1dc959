import Model

/// What `dmake status` is asked about: everything, a node, or a process of a node.
public enum StatusSubject: Equatable, Sendable {
  case everything
  case node(NodeName)
  /// The folder of a process, or `DMake` for the node's own.
  case folder(NodeName, String)

  public init(argument: String?) throws(NameError) {
    guard let argument else {
      self = .everything
      return
    }
    let parts = argument.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    let node = try NodeName(parts[0])
    switch parts.count {
    case 1: self = .node(node)
    case 2 where parts[1] == TreePath.nodeFolder: self = .folder(node, parts[1])
    case 2: self = .folder(node, try ProcessName(parts[1]).text)
    default: throw NameError("`\(argument.visible)` is neither NODE nor NODE/PROCESS; a file is for `--why`")
    }
  }

  /// The part of the tree that belongs to it.
  public var folder: String? {
    switch self {
    case .everything: nil
    case .node(let node): node.text
    case .folder(let node, let folder): "\(node)/\(folder)"
    }
  }
}
