import Foundation
import Testing

/// A leader and agents of the real binary, on a Unix socket in a scratch folder.
final class Cluster {
  let scratch: Scratch
  var address: String { "unix:\(scratch.path("leader.sock"))" }

  /// Runs a test with it. Afterwards nothing runs any more, processes that agents had started included.
  static func run(_ body: (Cluster) async throws -> Void) async throws {
    try await Scratch.run { scratch in
      let folder = scratch.folder
      // Before the folder goes and after the tool's processes went: agents that were killed leave theirs running.
      scratch.atEnd {
        Self.killProcesses(of: folder)
        Self.removeControlGroups(of: folder)
      }
      try await body(Cluster(scratch))
    }
  }

  private init(_ scratch: Scratch) { self.scratch = scratch }

  /// Short timers: a lease of five seconds.
  @discardableResult
  func startLeader(_ options: String..., state: String = "leader") async throws -> ChildProcess {
    let leader = try scratch.start(
      [
        "leader", "--listen", address, "--state-dir", scratch.path(state), "--tick", "200ms", "--lease", "5s",
      ] + options)
    try await wait(for: "a leader that listens") {
      if leader.status != nil { throw Failure("the leader ended") }
      return leader.errors.contains("the leader listens")
    }
    return leader
  }

  @discardableResult
  func startAgent(_ name: String, _ options: String..., state: String? = nil) throws -> ChildProcess {
    let folder = scratch.path("node-\(state ?? name)")
    return try scratch.start(["agent", "--name", name, "--leader", address, "--state-dir", folder] + options)
  }

  /// Runs the tool against the leader.
  func dmake(_ arguments: String..., limit: Duration = .seconds(180)) async throws -> Outcome {
    try await scratch.start(arguments, environment: ["DMAKE_LEADERS": address]).finish(limit: limit)
  }

  func status(_ subject: String...) async throws -> Status {
    let outcome = try await scratch.start(
      ["status", "-o", "json"] + subject, environment: ["DMAKE_LEADERS": address]
    ).finish()
    guard outcome.status == 0 else { throw Failure("no status: \(outcome)") }
    return try JSONDecoder().decode(Status.self, from: Data(outcome.output.utf8))
  }

  /// Waits until the status is as it should be.
  @discardableResult
  func status(
    when what: String, _ isDone: (Status) -> Bool
  ) async throws -> Status {
    var last: Status?
    do {
      try await wait(for: what) {
        last = try? await status()
        return last.map(isDone) ?? false
      }
    } catch { throw Failure("\(error); the last status was \(String(describing: last))") }
    guard let last else { throw Failure("no status") }
    return last
  }

  /// Writes a policy in which every node runs `processes`, and applies it.
  func apply(
    _ processes: String, options: [String] = ["--wait"], rules: String = "",
    command: String = "cp $(DMAKE_BUNDLE)/node.xml $@"
  ) async throws -> Outcome {
    try writePolicy(processes, rules: rules, command: command)
    return try await scratch.start(
      ["apply", "policy"] + options, environment: ["DMAKE_LEADERS": address]
    ).finish()
  }

  /// - Parameter command: makes a node's configuration.
  func writePolicy(
    _ processes: String, rules: String = "", command: String = "cp $(DMAKE_BUNDLE)/node.xml $@"
  ) throws {
    try scratch.write("policy/node.xml", "<config>\n\(processes)\n</config>\n")
    try scratch.write("policy/DMakefile", "%/DMake/config.xml:\n\t\(command)\n\(rules)")
  }

  /// A process that notes each of its starts in a file and then runs until it is told to stop.
  func counter(_ name: String) -> String {
    process(name, "/bin/sh", "-c", "echo $DMAKE_NODE $$ >>\(scratch.path("starts-\(name)")); exec sleep 3600")
  }

  func process(_ name: String, _ executable: String, _ arguments: String..., attributes: String = "") -> String
  {
    let list = arguments.map { argument in
      let text = argument.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
      return "<argument>\(text)</argument>"
    }
    return
      "<process name=\"\(name)\" \(attributes)><executable>\(executable)</executable>\(list.joined())</process>"
  }

  /// The lines that a ``counter(_:)`` has written.
  func starts(_ name: String) -> [String] {
    (scratch.read("starts-\(name)") ?? "").split(separator: "\n").map(String.init)
  }

  /// Of keepers that were killed and that nobody followed, as their records tell.
  private static func removeControlGroups(of folder: String) {
    let files = FileManager.default
    for case let path as String in files.enumerator(atPath: folder) ?? .init() where path.contains("/run/") {
      let record = files.contents(atPath: "\(folder)/\(path)").map { String(decoding: $0, as: UTF8.self) } ?? ""
      guard let line = record.split(separator: "\n").first(where: { $0.hasPrefix("group /") }) else { continue }
      let group = String(line.dropFirst("group ".count))
      try? Data("1".utf8).write(to: URL(fileURLWithPath: "\(group)/cgroup.kill"))
      var attempts = 500
      while rmdir(group) != 0, errno == EBUSY, attempts > 0 {
        attempts -= 1
        usleep(10_000)
      }
      rmdir((group as NSString).deletingLastPathComponent)
    }
  }

  /// Kills what agents of this folder have started: each process has the folder in its environment.
  private static func killProcesses(of folder: String) {
    let files = FileManager.default
    for entry in (try? files.contentsOfDirectory(atPath: "/proc")) ?? [] {
      guard let pid = pid_t(entry), let data = files.contents(atPath: "/proc/\(entry)/environ") else {
        continue
      }
      let text = String(decoding: data, as: UTF8.self)
      if text.contains("DMAKE_STATE=\(folder)/") { kill(pid, SIGKILL) }
    }
  }
}

/// `dmake status -o json`, as far as tests look at it.
struct Status: Decodable {
  struct Leader: Decodable { let epoch, index, rounds, lastRound: Int }
  struct Policy: Decodable { let policy: String }
  struct Process: Decodable {
    let name, phase, detail: String
    let pid: Int?
    let starts: Int
  }
  struct Node: Decodable {
    struct Problem: Decodable { let file, problem: String }
    let name, phase: String
    let isConnected: Bool
    let outdatedFiles: Int
    let problems: [Problem]
    let processes: [Process]
  }
  struct Problem: Decodable {
    let kind, target, message: String
    let line: Int?
    let attempts: Int
  }
  struct File: Decodable { let path, content, stamp: String }

  let schema: Int
  let leader: Leader
  let policy: Policy?
  let nodes: [Node]
  let problems: [Problem]
  let files: [File]

  func node(_ name: String) -> Node? { nodes.first { $0.name == name } }
  func process(_ node: String, _ name: String) -> Process? {
    self.node(node)?.processes.first { $0.name == name }
  }
  func isRunning(_ node: String, _ name: String) -> Bool { process(node, name)?.phase == "running" }
}
