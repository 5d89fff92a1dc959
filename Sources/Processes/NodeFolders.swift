import Linux
import Model

/// The agent's state folder:
///
///     node/PROC/     state.xml, config.xml and what else is delivered to the process
///     node/DMake/    the agent's own config.xml and state.xml
///     run/PROC       which process of the operating system it is
///     log/PROC.log   what it wrote to its standard output and error
///     record         what the agent remembers
///     lock           held by the agent that uses the folder
public struct NodeFolders: Sendable {
  public let path: String
  public let state: Directory
  public let node: Directory
  public let run: Directory
  public let log: Directory

  /// Creates what is missing.
  public init(path: String) throws(SystemError) {
    let state = try Directory.create(path: path)
    self.path = path
    self.state = state
    node = try state.makeFolders("node")
    run = try state.makeFolders("run", mode: 0o700)
    log = try state.makeFolders("log", mode: 0o750)
  }

  public func path(of process: ProcessName) -> String { "\(path)/node/\(process)" }
  public func path(of file: NodeFile) -> String { "\(path)/node/\(file)" }
}
