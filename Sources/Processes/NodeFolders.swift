import Linux
import Model
import Supervision

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

  /// Removes the state of a process that is not in the node's configuration any more, since no later process of its
  /// name is to be judged by it; what else it left in its folder, where its data goes too; and a folder that is empty.
  ///
  /// - Parameter files: what stays in any case.
  public func forget(_ name: ProcessName, _ data: DataPolicy, keeping files: [NodeFile]) throws(SystemError) {
    guard try node.status(name.text)?.kind == .folder else { return }
    if data == .remove, files.isEmpty { return try node.removeTree(name.text) }
    let folder = try node.subdirectory(name.text)
    for entry in try folder.list() where data == .remove || entry.name == TreePath.stateFile {
      if !files.contains(where: { $0.name == entry.name }) { try folder.removeTree(entry) }
    }
    try removeIfEmpty(name)
  }

  /// Removes the folder of a process that is not in the configuration, where nothing is in it.
  public func removeIfEmpty(_ name: ProcessName) throws(SystemError) {
    guard try node.status(name.text)?.kind == .folder else { return }
    try node.removeEmptyFolder(name.text)
  }

  public func path(of process: ProcessName) -> String { "\(path)/node/\(process)" }
  public func path(of file: NodeFile) -> String { "\(path)/node/\(file)" }
}
