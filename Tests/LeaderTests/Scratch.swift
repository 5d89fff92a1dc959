import Glibc
import Linux
import Testing

/// A folder for one test, gone afterwards. Unix sockets want its path short.
func withScratch<Result>(_ body: (String) async throws -> Result) async throws -> Result {
  var template = Array("/tmp/dmake-XXXXXX".utf8CString)
  let path = try #require(mkdtemp(&template).map { String(cString: $0) })
  defer {
    if let folder = try? Directory(path: "/tmp") { try? folder.removeTree(String(path.dropFirst(5))) }
  }
  return try await body(path)
}

/// A small file system of its own for one test, gone afterwards; only root can have one.
func withFileSystem(_ options: String, _ body: (String) async throws -> Void) async throws {
  try await withScratch { path in
    try #require(mount("tmpfs", path, "tmpfs", 0, options) == 0)
    defer { umount2(path, CInt(MNT_DETACH)) }
    try await body(path)
  }
}

/// Waits until `condition` holds; a test's own time limit ends it otherwise.
func until(_ condition: () async throws -> Bool) async throws {
  while !(try await condition()) { try await Task.sleep(for: .milliseconds(5)) }
}

/// A copy of a leader's lock and log as they are now: what is left of a leader that is killed now.
func copyState(of folder: String, to copy: String) throws {
  let target = try Directory.create(path: "\(copy)/log")
  let source = try Directory(path: "\(folder)/log")
  for entry in try source.list() where !entry.isHidden {
    guard let bytes = try source.readIfPresent(entry.name, limitBytes: .max) else { continue }
    try target.write(entry.name, bytes)
  }
}
