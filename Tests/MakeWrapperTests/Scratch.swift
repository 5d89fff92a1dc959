import Glibc

/// A folder of a test's own, removed with it.
final class Scratch {
  let path: String

  struct Failure: Error { let errno: Int32 }

  init() throws {
    var template = Array("/tmp/dmake-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Failure(errno: errno) }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    // Read-only folders (an installed bundle) must be opened first.
    for command in ["chmod -R u+w '\(path)'", "rm -rf '\(path)'"] { _ = system(command) }
  }

  func makeFolder(_ name: String) throws {
    guard mkdir("\(path)/\(name)", 0o755) == 0 || errno == EEXIST else { throw Failure(errno: errno) }
  }

  func write(_ name: String, _ text: String) throws {
    guard let file = fopen("\(path)/\(name)", "w") else { throw Failure(errno: errno) }
    defer { fclose(file) }
    fputs(text, file)
  }

  /// Nil where there is no such file.
  func text(_ name: String) -> String? {
    guard let file = fopen("\(path)/\(name)", "r") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
    return String(decoding: bytes, as: UTF8.self)
  }

  func isAlive(processIn name: String) -> Bool {
    guard let process = text(name).flatMap({ pid_t($0.filter(\.isNumber)) }) else { return false }
    return kill(process, 0) == 0
  }
}
