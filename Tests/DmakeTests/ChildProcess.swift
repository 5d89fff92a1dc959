import Foundation
import Synchronization

/// A program that runs, and what it has printed so far. Output goes to files, so that no pipe fills up.
final class ChildProcess: Sendable {
  let pid: pid_t
  private let outputFile: String
  private let errorFile: String
  private let end = Mutex<Int32?>(nil)

  /// - Parameters:
  ///   - environment: all of it; nothing is inherited.
  init(
    _ program: String, _ arguments: [String], environment: [String: String], folder: String, logs: String
  ) throws {
    outputFile = logs + ".out"
    errorFile = logs + ".err"
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, outputFile, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, errorFile, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // A group of its own: a test's Ctrl-C is for the test.
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))
    let variables = environment.map { strdup("\($0)=\($1)") } + [nil]
    // env(1) changes the folder and then becomes the program.
    let words = (["env", "-C", folder, program] + arguments).map { strdup($0) } + [nil]
    defer { for text in variables + words { free(text) } }
    var pid: pid_t = 0
    let code = posix_spawn(&pid, "/usr/bin/env", &actions, &attributes, words, variables)
    guard code == 0 else { throw Failure("\(program) cannot be started: \(String(cString: strerror(code)))") }
    self.pid = pid
  }

  var output: String { Self.text(outputFile) }
  var errors: String { Self.text(errorFile) }

  private static func text(_ file: String) -> String {
    String(decoding: FileManager.default.contents(atPath: file) ?? Data(), as: UTF8.self)
  }

  func signal(_ number: Int32) { if status == nil { kill(pid, number) } }

  /// The exit code, or 128 and the signal's number, once it has ended.
  var status: Int32? {
    end.withLock { end in
      if let end { return end }
      var raw: Int32 = 0
      guard waitpid(pid, &raw, WNOHANG) == pid else { return nil }
      end = raw & 0x7f == 0 ? (raw >> 8) & 0xff : 128 + (raw & 0x7f)
      return end
    }
  }

  /// Waits for its end; kills it at the limit.
  func finish(limit: Duration = .seconds(180)) async throws -> Outcome {
    do {
      try await wait(for: "the end of process \(pid)", limit: limit) { status != nil }
    } catch {
      kill()
      throw Failure("\(error)\n--- stdout\n\(output)--- stderr\n\(errors)---")
    }
    return Outcome(status: status ?? -1, output: output, errors: errors)
  }

  /// SIGKILL, and its end.
  func kill() {
    signal(SIGKILL)
    while status == nil { usleep(1000) }
  }

  private func kill(_ pid: pid_t, _ number: Int32) { _ = Foundation.kill(pid, number) }
}

/// Why a test cannot go on.
struct Failure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// Waits until something is true, and gives up with a sentence at the limit.
func wait(
  for what: String, limit: Duration = .seconds(180), until isDone: () async throws -> Bool
) async throws {
  let end = ContinuousClock.now + limit
  while try await !isDone() {
    if ContinuousClock.now > end { throw Failure("\(what) did not come within \(limit)") }
    try await Task.sleep(for: .milliseconds(20))
  }
}
