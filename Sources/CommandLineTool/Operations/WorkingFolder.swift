import Glibc

/// The folder that relative paths on the command line begin at.
enum WorkingFolder {
  static func absolute(_ path: String) throws(CommandFailure) -> String {
    if path.isEmpty { throw CommandFailure(.usage, "a path is empty; name a folder") }
    if path.hasPrefix("/") { return path }
    guard let folder = getcwd(nil, 0) else {
      throw CommandFailure(
        .unavailable, "the working folder cannot be told: \(String(cString: strerror(errno)))")
    }
    defer { free(folder) }
    return "\(String(cString: folder))/\(path)"
  }
}
