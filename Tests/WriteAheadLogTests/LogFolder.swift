import Glibc
import Linux
import Testing

/// Runs a test with a folder for a log, which goes afterwards.
func withFolder(_ body: (String) async throws -> Void) async throws {
  var template = Array("/tmp/dmake-log-XXXXXX".utf8CString)
  let path = try #require(mkdtemp(&template).map { String(cString: $0) })
  defer {
    if let folder = try? Directory(path: "/tmp") { try? folder.removeTree(String(path.dropFirst(5))) }
  }
  try await body(path)
}
