import FileTree
import Glibc
import Linux
import Model
import Testing

@Suite("many files at once are written as one after the other")
struct BatchTests {
  let temporary: TemporaryFolder
  let store: FileTreeStore
  private let stamp = LogicalStamp.input(7, pass: 0)

  private struct Wanted {
    let path: String
    let content: Content
    let stamp: LogicalStamp
  }

  private func write(_ files: [Wanted], to store: FileTreeStore? = nil) throws(SystemError) {
    try (store ?? self.store).writeBatch { (batch) throws(SystemError) in
      for file in files { try batch.write(file.path, file.content, file.stamp) }
    }
  }

  init() throws {
    temporary = try TemporaryFolder()
    store = try temporary.store(watchedFromCount: 0)
    try store.reconcile(with: Tree()) { _, file in .input(file.index, pass: 0) }
  }

  /// More than one batch, in folders that lanes share.
  private func wanted(_ count: Int = 2500, text: String = "x") -> [Wanted] {
    let names = (0..<count).map { "n\($0 / 100)/p\($0 / 7)/f\($0)" } + [".dmake/values/a/~b"]
    return names.map { Wanted(path: $0, content: Content("\(text) \($0)"), stamp: stamp) }
  }

  private func expectWritten(_ files: [Wanted], text: String = "x") throws {
    #expect(store.paths == files.map(\.path).sorted())
    for file in files {
      #expect(try store.read(file.path)?.text == "\(text) \(file.path)")
      #expect(try store.directory.status(file.path)?.modified == stamp.fileTime)
    }
    #expect(try store.foreignChanges { _ in false } == [])
    #expect(try store.foreignChanges(hidden: files.map(\.path).filter { $0.hasPrefix(".") }) == [])
  }

  @Test("new ones, other ones and the same again")
  func changes() throws {
    try write(wanted())
    try expectWritten(wanted())
    try write(wanted(text: "y"))
    try expectWritten(wanted(text: "y"), text: "y")
    let inode = try store.directory.status("n3/p50/f350")?.inode
    try write(wanted(text: "y").map { Wanted(path: $0.path, content: $0.content, stamp: .input(8, pass: 0)) })
    #expect(try store.directory.status("n3/p50/f350")?.inode == inode)
    #expect(
      try store.directory.status("n3/p50/f350")?.modified == LogicalStamp.input(8, pass: 0).fileTime)
  }

  @Test("with folders, links and files in the way of several lanes")
  func inTheWay() throws {
    let outside = try Directory.create(path: temporary("outside"))
    for folder in ["n0/p0/f1/full", "n9", "n19"] { try store.directory.makeFolders(folder) }
    #expect(symlink("../../outside", temporary("root/n9/p130")) == 0)
    try store.directory.write("n15", [0])
    #expect(mkfifo(temporary("root/n19/p280"), 0o600) == 0)
    try write(wanted())
    try expectWritten(wanted())
    #expect(try outside.list() == [])
  }

  @Test("when whoever names them fails, nothing is under way, and what stands is known")
  func failure() throws {
    let failure = SystemError(EIO, "read", "something")
    let error = #expect(throws: SystemError.self) {
      try store.writeBatch { (batch) throws(SystemError) in
        for file in wanted().dropLast() { try batch.write(file.path, file.content, file.stamp) }
        throw failure
      }
    }
    #expect(error == failure)
    #expect(store.paths.count > 2000)
    #expect(try store.foreignChanges { _ in false } == [])
  }

  @Test("what others write beside them is told")
  func foreign() throws {
    try write(wanted())
    try store.directory.write("n3/p50/new", [1])
    try store.directory.write("n24/p350/f2450", [1])
    #expect(try store.foreignChanges(hidden: [String]()) == ["n24/p350/f2450", "n3/p50/new"])
  }

  @Test(
    "on a full disk, what is said to be there is there",
    .enabled(if: SmallFileSystem.isPossible, "this process may not mount a tmpfs; run the test as root"))
  func fullDisk() throws {
    let small = try #require(SmallFileSystem(at: temporary("small"), sizeBytes: 256 << 10))
    let store = try FileTreeStore(root: small.path)
    let files = (0..<100).map {
      Wanted(path: ".dmake/f\($0)", content: Content([UInt8](repeating: UInt8($0), count: 8192)), stamp: stamp)
    }
    let error = #expect(throws: SystemError.self) { try write(files, to: store) }
    #expect(error?.code == ENOSPC)
    #expect(!store.paths.isEmpty && store.paths.count < 100)
    for path in store.paths { #expect(try store.read(path)?.digest == store.digest(of: path)) }
  }
}
