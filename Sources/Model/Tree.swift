/// A file of the tree and the position in the log at which it got its content.
public struct TreeFile: Hashable, Sendable, CustomStringConvertible {
  public let content: Content
  public let index: LogIndex
  public init(content: Content, index: LogIndex) {
    self.content = content
    self.index = index
  }
  public var description: String { "\(content) @\(index)" }
}

/// A file that came, changed or (with no content) went.
public struct TreeChange: Hashable, Sendable, CustomStringConvertible {
  public let path: TreePath
  public let content: Content?
  public init(_ path: TreePath, _ content: Content?) {
    self.path = path
    self.content = content
  }
  public var description: String { content.map { "\(path) = \($0)" } ?? "\(path) removed" }
}

/// All states, configurations, events and intermediate results (paper, figure 5) as a value. The leader's core
/// decides on it; the folder on disk that make works in is a copy.
///
/// Files are grouped by the first component of their paths, a node's folder as a rule, so that a change costs
/// what the node has and not what the cluster has.
public struct Tree: Equatable, Sendable {
  public private(set) var folders = SortedMap<String, SortedMap<TreePath, TreeFile>>()

  public init() {}

  public subscript(path: TreePath) -> TreeFile? { folders[String(path.top)]?[path] }

  /// Writes or (with no content) removes a file; answers whether that changed anything.
  @discardableResult
  public mutating func apply(_ change: TreeChange, at index: LogIndex) -> Bool {
    let top = String(change.path.top)
    let old = folders[top]?[change.path]
    guard old?.content != change.content else { return false }
    folders[top, default: [:]][change.path] = change.content.map { TreeFile(content: $0, index: index) }
    if folders[top]?.isEmpty == true { folders[top] = nil }
    return true
  }

  /// The files in a node's folder.
  public func files(of node: NodeName) -> SortedMap<TreePath, TreeFile> { folders[node.text] ?? [:] }

  /// All files in the order of their folders, then of their paths.
  public var files: [(path: TreePath, file: TreeFile)] {
    folders.flatMap { _, files in files.map { (path: $0, file: $1) } }
  }

  public var count: Int { folders.values.reduce(0) { $0 + $1.count } }
}
