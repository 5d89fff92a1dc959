import Linux
import Model

/// The agent's state folder:
///
///     node/PROC/     state.xml, config.xml and what else is delivered to the process
///     node/DMake/    the agent's own config.xml and state.xml
///     record         what the agent remembers
///     lock           held by the agent that uses the folder
///
/// The rest is its keeper's (module Keeper).
public struct NodeFolders: Sendable {
  public let path: String
  public let state: Directory
  public let node: Directory

  /// Creates what is missing.
  public init(path: String) throws(SystemError) {
    let state = try Directory.create(path: path)
    self.path = path
    self.state = state
    node = try state.makeFolders("node")
  }

  /// Removes what a process that is not in the node's configuration any more left in its folder, but for the kept
  /// files.
  public func forget(_ name: ProcessName, keeping files: [NodeFile]) throws(SystemError) {
    guard try node.status(name.text)?.kind == .folder else { return }
    if files.isEmpty { return try node.removeTree(name.text) }
    let folder = try node.subdirectory(name.text)
    for entry in try folder.list() where !files.contains(where: { $0.name == entry.name }) {
      try folder.removeTree(entry)
    }
  }

  public func path(of process: ProcessName) -> String { "\(path)/node/\(process)" }
  public func path(of file: NodeFile) -> String { "\(path)/node/\(file)" }
}
