import Glibc
import Linux
import Model
import Processes
import Supervision
import Testing

/// A state folder for one test, with a table over it; everything goes when the test ends.
final class Scratch {
  let path: String
  let folders: NodeFolders
  let poller: Poller

  init() throws {
    var template = Array("/tmp/dmake-processes-XXXXXX".utf8CString)
    path = String(cString: try #require(mkdtemp(&template)))
    // As a state folder of the system: other users may pass through it.
    chmod(path, 0o755)
    folders = try NodeFolders(path: path)
    poller = try Poller()
  }

  deinit { try? Directory(path: "/tmp").removeTree(String(path.dropFirst("/tmp/".count))) }

  /// Waits for something that other processes do.
  func wait(_ condition: () throws -> Bool) throws {
    for _ in 0..<6000 {
      if try condition() { return }
      usleep(10_000)
    }
    throw Timeout()
  }
}

struct Timeout: Error {}
