import Glibc
import NIOPosix
import Testing

@testable import Transport

/// A folder that is gone after the test. Short, since a Unix socket's path has room for 107 bytes.
final class TestFolder: Sendable {
  let path: String

  init() throws {
    var template = Array("/tmp/dmake-transport-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    if let folder = opendir(path) {
      while let entry = readdir(folder) {
        unlink(path + "/" + withUnsafeBytes(of: entry.pointee.d_name) { Self.text($0) })
      }
      closedir(folder)
    }
    rmdir(path)
  }

  var socket: Address { .unix(path: path + "/s") }
  var tokenFile: String { path + "/token" }

  func write(_ text: String, to name: String, mode: mode_t = 0o600) throws -> String {
    let file = "\(path)/\(name)"
    let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    try #require(descriptor >= 0)
    let bytes = Array(text.utf8)
    #expect(Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
    #expect(fchmod(descriptor, mode) == 0)
    close(descriptor)
    return file
  }

  static func mode(_ path: String) -> mode_t? {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_mode & 0o7777 : nil
  }

  private static func text(_ bytes: UnsafeRawBufferPointer) -> String {
    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }
}

/// What a command prints. It is run by the shell.
func output(of command: String) async throws -> String {
  try await onOwnThread { try printed(by: command) }
}

/// Runs what waits on a thread of its own: the pool of tasks has as few threads as the machine has cores.
func onOwnThread<Result: Sendable>(_ body: @Sendable @escaping () throws -> Result) async throws -> Result {
  try await threads.runIfActive(body)
}

private let threads = {
  let threads = NIOThreadPool(numberOfThreads: 16)
  threads.start()
  return threads
}()

private func printed(by command: String) throws -> String {
  let stream = try #require(popen(command, "r"))
  var text: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 4096)
  while true {
    let count = fread(&buffer, 1, buffer.count, stream)
    if count == 0 { break }
    text += buffer.prefix(count)
  }
  pclose(stream)
  return String(decoding: text, as: UTF8.self)
}
