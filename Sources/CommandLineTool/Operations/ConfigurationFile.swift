import Glibc
import Linux
import Model
import NodeSchema

/// A node's configuration on the disk of whoever runs the command.
enum ConfigurationFile {
  static func errors(in path: String) throws(CommandFailure) -> [NodeSchemaError] {
    let content: Content
    do throws(SystemError) { content = Content(try read(path)) } catch {
      throw CommandFailure(.badInput, error.description.visibleLines)
    }
    switch NodeSchema.decode(content) {
    case .success: return []
    case .failure(let problems): return problems.errors
    }
  }

  private static func read(_ path: String) throws(SystemError) -> [UInt8] {
    let (folder, name) = split(path)
    return try Directory(path: folder).read(name, limitBytes: NodeSchema.limits.sizeLimitBytes + 1)
  }

  private static func split(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path) }
    let folder = String(path[..<slash])
    return (folder.isEmpty ? "/" : folder, String(path[path.index(after: slash)...]))
  }
}
