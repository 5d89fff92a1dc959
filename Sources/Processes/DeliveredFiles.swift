import Glibc
public import Linux
public import Model

/// The files that were delivered to a node, as they have to stand on its disk: a process may own its folder, and put
/// other files in their places.
public struct DeliveredFiles: Sendable {
  private static let mode: UInt32 = 0o644

  private let node: Directory

  public init(_ folders: NodeFolders) { node = folders.node }

  /// Writes the file whole, in the place of whatever stands there but a folder.
  public func write(_ file: NodeFile, _ content: Content) throws(SystemError) {
    try node.makeFolders(file.folder)
    try node.write(file.text, content.bytes, mode: Self.mode)
  }

  /// What is wrong with what stands there; nil: it is a version of these, and nobody can write to it but root and this
  /// agent's user.
  public func problem(of file: NodeFile, _ versions: [Content]) -> String? {
    let limit = versions.map(\.bytes.count).max() ?? 0
    do throws(SystemError) {
      guard let (status, bytes) = try node.readWithStatus(file.text, limitBytes: limit) else {
        return "it is not there"
      }
      if let problem = Self.ownershipProblem(status) { return problem }
      if status.mode != Self.mode { return "its mode is 0\(String(status.mode, radix: 8))" }
      return versions.contains { $0.bytes == bytes } ? nil : "its content is another one"
    } catch { return error.description }
  }

  /// Restores what is not as it was delivered; answers which files that were, and why.
  ///
  /// - Parameter files: the versions that may stand there, the one to restore first.
  public func restore(
    _ files: SortedMap<NodeFile, [Content]>
  ) throws(SystemError) -> [(file: NodeFile, reason: String)] {
    var restored: [(file: NodeFile, reason: String)] = []
    for (file, versions) in files {
      guard let content = versions.first, let reason = problem(of: file, versions) else { continue }
      try write(file, content)
      restored.append((file, reason))
    }
    return restored
  }

  /// What an earlier agent has delivered. A file that others could have written is this one only if it has the digest
  /// that the agent remembers; anything else in its place goes, so that no process takes it for what was delivered.
  public func content(of file: NodeFile, remembered: Digest?, limitBytes: Int) throws(SystemError) -> Content? {
    guard let (status, bytes) = try node.readWithStatus(file.text, limitBytes: limitBytes) else { return nil }
    let content = Content(bytes)
    guard let problem = Self.ownershipProblem(status) else { return content }
    if content.digest == remembered {
      try write(file, content)
      return content
    }
    try node.remove(file.text)
    throw SystemError(
      EPERM, "trust the delivered file", "\(node.path)/\(file)", detail: "\(problem), so it was removed")
  }

  private static func ownershipProblem(_ status: FileStatus) -> String? {
    if status.owner != 0, status.owner != geteuid() { return "it belongs to user \(status.owner)" }
    return status.mode & 0o022 == 0 ? nil : "others may write to it"
  }
}
