import DMakefile
import Glibc
import Model

/// A folder in which the real GNU make runs a translated policy. It is removed with the value's last use.
final class MakeRun {
  let folder: String

  init() throws {
    var template = Array("/tmp/dmakefile-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Failure("mkdtemp: errno \(errno)") }
    folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  deinit { _ = try? shell("rm -rf '\(folder)'") }

  struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
  }

  func write(_ path: String, _ bytes: [UInt8]) throws {
    let parent = path.split(separator: "/").dropLast().joined(separator: "/")
    if !parent.isEmpty { _ = try shell("mkdir -p '\(folder)/\(parent)'") }
    guard let file = fopen("\(folder)/\(path)", "w") else { throw Failure("cannot write \(path)") }
    defer { fclose(file) }
    guard fwrite(bytes, 1, bytes.count, file) == bytes.count else { throw Failure("short write of \(path)") }
  }

  func write(_ path: String, _ text: String) throws { try write(path, Array(text.utf8)) }

  func read(_ path: String) -> [UInt8]? {
    guard let file = fopen("\(folder)/\(path)", "r") else { return nil }
    defer { fclose(file) }
    return contents(file)
  }

  func text(_ path: String) -> String? { read(path).map { String(decoding: $0, as: UTF8.self) } }

  /// What make wrote for an assignment line in the run `make(_:folders:)`.
  func record(_ number: Int, of target: String) -> [UInt8]? {
    AssignmentRecord.records(in: read(HiddenSpace.assigned) ?? [], run: "1")
      .first { $0.number == number && $0.target == target }?.bytes
  }

  private func contents(_ file: UnsafeMutablePointer<FILE>) -> [UInt8] {
    var result: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      if count == 0 { return result }
      result += buffer[..<count]
    }
  }

  /// Runs a command in the folder and gives what it printed on both streams.
  @discardableResult
  func shell(_ command: String) throws -> (output: [UInt8], status: Int32) {
    guard let pipe = popen("cd '\(folder)' 2>/dev/null; { \(command)\n} 2>&1", "r") else {
      throw Failure("popen: errno \(errno)")
    }
    let output = contents(pipe)
    return (output, pclose(pipe) >> 8)
  }

  /// Puts a policy, its translation and the members there, as the make wrapper does.
  @discardableResult
  func install(_ policy: String, members: [String: [String]] = [:]) throws -> Translation {
    let bundle = try Bundle(policy)
    let translation = Translator.translate(bundle: bundle)
    for file in translation.files { try write(file.path, file.bytes) }
    let nodes = try members.keys.map { try NodeName($0) }
    try write(
      HiddenSpace.membership,
      Membership.makefile(members: nodes) { node in
        (members[node.text] ?? []).compactMap { try? ProcessName($0) }
      })
    return translation
  }

  static let command = "make -rR --no-print-directory -f \(HiddenSpace.membership) -f DMakefile"

  func database(_ goals: String = "") throws -> Database {
    Database(parsing: try shell("\(Self.command) -pq .dmake/none \(goals) 2>/dev/null").output)
  }

  /// Runs make for the targets as a round does.
  @discardableResult
  func make(_ targets: String, folders: SortedSet<String> = []) throws -> String {
    for folder in folders { try shell("mkdir -p '\(folder)'") }
    let result = try shell("\(Self.command) -k DMAKE_RUN=1 \(targets)")
    return String(decoding: result.output, as: UTF8.self)
  }

  func value(_ path: String, _ tag: String, _ values: [String]) throws {
    try value(path, tag, content: ValueFile.bytes(of: values))
  }

  func value(_ path: String, _ tag: String, content: [UInt8]) throws {
    let name = HiddenSpace.value(of: ValueReference(try TreePath(path), tag: tag))
    try write(name, content)
    try write(HiddenSpace.text(ofValue: name), Array(ValueFile.text(of: content)))
  }

  func graph(_ policy: String, members: [String: [String]]) throws -> (graph: Graph, goals: [Goal]) {
    let translation = try install(policy, members: members)
    let graph = Graph(database: try database(), translation: translation)
    let nodes = try members.keys.map { try NodeName($0) }
    let goals = try graph.goals(members: nodes) { node in
      (members[node.text] ?? []).compactMap { try? ProcessName($0) }
    }
    return (graph, goals)
  }
}

extension Bundle {
  init(_ policy: String) throws { try self.init(bytes: Array(policy.utf8)) }
  init(bytes: [UInt8]) throws {
    self.init(files: [
      .init(path: try TreePath(Bundle.policyFile), isExecutable: false, content: Content(bytes))
    ])
  }
}

extension Translation {
  var text: String { files.first.map { String(decoding: $0.bytes, as: UTF8.self) } ?? "" }
}

extension Graph {
  /// Hidden folders that must exist before make runs the goals: for each, the one for its assignments, and that of
  /// its output file if it is a tag target. make and recipes write files there and make no folders.
  func folders(of goals: [Goal]) -> SortedSet<String> {
    SortedSet(
      goals.flatMap { goal -> [String] in
        let targets = [goal.target] + goal.alsoMakes
        return targets.map(HiddenSpace.assignmentFolder)
          + targets.filter { $0.hasPrefix(HiddenSpace.folder) }
          .compactMap { target in target.lastIndex(of: "/").map { String(target[..<$0]) } }
      })
  }
}
