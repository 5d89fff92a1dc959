import Glibc
import Linux
import Model
import Processes
import Supervision
import Testing

@Suite("What was delivered to a process, before it starts")
struct DeliveredFilesTests {
  private let scratch: Scratch
  private let name: ProcessName
  private let program: NodeFile
  private let content = Content("#!/bin/sh\necho good\n")
  private var path: String { scratch.folders.path(of: program) }
  private var folder: String { scratch.folders.path(of: name) }

  init() throws {
    scratch = try Scratch()
    name = try ProcessName("web")
    program = try NodeFile("web/program")
  }

  /// Which files were restored, and why.
  @discardableResult
  private func start(user: String? = nil) throws -> [String] {
    var process = ProcessConfiguration(name: name, executable: "/bin/true")
    process.user = user
    let launch = try #require(NodeConfiguration(environment: [:], processes: [process]).launch(of: name))
    let preparation = StartPreparation(folders: scratch.folders)
    var restored: [String] = []
    preparation.restored = { restored.append("\($0): \($1)") }
    _ = try preparation.start(launch, number: 1, node: NodeName("n1"), files: [program: [content]])
    return restored
  }

  private func status(_ path: String) -> stat {
    var status = stat()
    lstat(path, &status)
    return status
  }

  private func text() throws -> String {
    String(decoding: try scratch.folders.node.read(program.text, limitBytes: 1 << 20), as: UTF8.self)
  }

  @Test("a file that is missing or has other content is restored, and one that is right is left alone")
  func contents() throws {
    #expect(try start() == ["web/program: it is not there"])
    let inode = status(path).st_ino
    #expect(try start().isEmpty)
    #expect(status(path).st_ino == inode)
    try scratch.folders.node.write(program.text, Array("echo bad".utf8))
    #expect(try start() == ["web/program: its content is another one"])
    #expect(try text() == content.text)
    chmod(path, 0o666)
    #expect(try start() == ["web/program: others may write to it"])
    #expect(status(path).st_mode & 0o7777 == 0o644)
  }

  @Test("a link in a file's place is replaced, and never followed")
  func link() throws {
    try start()
    let other = "\(scratch.path)/other"
    try scratch.folders.state.write("other", Array(content.bytes))
    #expect(unlink(path) == 0 && symlink(other, path) == 0)
    let restored = try start()
    #expect(restored.count == 1 && restored[0].contains("a symbolic link stands in the path"))
    #expect(status(path).st_mode & S_IFMT == S_IFREG)
    #expect(status(other).st_size == content.bytes.count)
  }

  @Test("a folder follows its process's user, and what that user left is no more", .enabled(if: getuid() == 0))
  func user() throws {
    try start(user: "nobody")
    #expect(status(folder).st_uid == 65534)
    chmod(folder, 0o777)
    #expect(unlink(path) == 0)
    // The same bytes, in a file that is still nobody's to write.
    try scratch.folders.node.write(program.text, content.bytes)
    chown(path, 65534, 65534)
    #expect(try start() == ["web/program: it belongs to user 65534"])
    #expect(status(folder).st_uid == 0 && status(folder).st_mode & 0o022 == 0)
    #expect(status(path).st_uid == 0)
    #expect(try start(user: "nobody").isEmpty)
    #expect(status(folder).st_uid == 65534 && status(path).st_uid == 0)
  }

  @Test("links and FIFOs of a former user lead nobody astray; others stay", .enabled(if: getuid() == 0))
  func traps() throws {
    try start(user: "nobody")
    let (own, root, pipe) = ("\(folder)/state.xml", "\(folder)/data", "\(folder)/pipe")
    #expect(symlink("/etc/hostname", own) == 0 && symlink("/srv", root) == 0 && mkfifo(pipe, 0o600) == 0)
    for path in [own, pipe] { #expect(lchown(path, 65534, 65534) == 0) }
    try scratch.folders.node.write("web/kept", [1])
    try start()
    #expect(try scratch.folders.node.list("web").map(\.name) == ["data", "kept", "program"])
  }

  @Test("a look changes no owner, since it may be asked for a start to come")
  func look() throws {
    try start()
    chmod(folder, 0o777)
    let process = ProcessConfiguration(name: name, executable: "/bin/true")
    let launch = try #require(NodeConfiguration(environment: [:], processes: [process]).launch(of: name))
    _ = try StartPreparation(folders: scratch.folders).look(
      ["/bin/true"], at: launch, number: 1, node: NodeName("n1"))
    #expect(status(folder).st_mode & 0o777 == 0o777)
  }

  @Test("of a file that others could have written only what is remembered counts", .enabled(if: getuid() == 0))
  func remembered() throws {
    let delivered = DeliveredFiles(scratch.folders)
    try delivered.write(program, content)
    func found(_ digest: Digest?) throws -> Content? {
      try delivered.content(of: program, remembered: digest, limitBytes: 1 << 20)
    }
    // Written just before a crash, of which nothing is remembered.
    #expect(try found(nil) == content)
    chown(path, 65534, 65534)
    #expect(try found(content.digest) == content)
    #expect(status(path).st_uid == 0)
    chown(path, 65534, 65534)
    #expect(throws: SystemError.self) { try found(Digest(of: [])) }
    #expect(try found(nil) == nil)
  }
}
