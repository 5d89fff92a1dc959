import FileTree
import Glibc
import Linux
import Model
import Testing

@Suite("ROOT on disk follows the tree")
struct FileTreeStoreTests {
  let temporary: TemporaryFolder
  let store: FileTreeStore
  private let stamp = LogicalStamp.input(7, pass: 0)

  init() throws {
    temporary = try TemporaryFolder()
    store = try temporary.store()
  }

  private func reconcile(_ tree: Tree) throws {
    try store.reconcile(with: tree) { _, file in .input(file.index, pass: 0) }
  }

  @Test("what others write, change, remove or link is found")
  func foreign() throws {
    for name in ["n1/web/a", "n1/web/b", "n1/web/c", "n1/web/d"] { try store.write(name, Content("x"), stamp) }
    #expect(try store.foreignChanges { _ in false } == [])
    try store.directory.write("n1/web/a", Array("y".utf8))
    try store.directory.write("new", Array("z".utf8))
    unlink(temporary("root/n1/web/b"))
    unlink(temporary("root/n1/web/c"))
    #expect(symlink("/etc/passwd", temporary("root/n1/web/c")) == 0)
    #expect(try store.foreignChanges { _ in false } == ["n1/web/a", "n1/web/b", "n1/web/c", "new"])
  }

  @Test("folders go with their last file")
  func folders() throws {
    try store.write("n1/web/a", Content("x"), stamp)
    try store.write("n1/b", Content("x"), stamp)
    try store.remove("n1/web/a")
    #expect(try temporary.listing() == ["n1/", "n1/b = x"])
    try store.remove("n1/b")
    #expect(try temporary.listing().isEmpty)
  }

  @Test("reconciliation keeps what is right, writes what differs and removes all else, hidden files too")
  func reconcile() throws {
    let tree = try tree(
      [("n1/web/state.xml", "<a/>"), ("n1/web/config.xml", "<b/>"), ("n2/new-node", "")], at: 7)
    let folder = store.directory
    try folder.makeFolders("n1/web/deeper")
    try folder.makeFolders("n3/web")
    try folder.makeFolders(".dmake/values")
    try folder.write("n1/web/state.xml", Array("<a/>".utf8))
    try folder.write("n1/web/config.xml", Array("<c/>".utf8))
    try folder.write("n3/web/gone", [0])
    try folder.write("stray name with blanks", [0])
    let kept = try folder.status("n1/web/state.xml")?.inode
    try reconcile(tree)
    #expect(
      try temporary.listing() == [
        "n1/", "n1/web/", "n1/web/config.xml = <b/>", "n1/web/state.xml = <a/>", "n2/", "n2/new-node = ",
      ])
    #expect(try folder.status("n1/web/state.xml")?.inode == kept)
    for (path, _) in tree.files {
      #expect(try folder.status(path.text)?.modified == LogicalStamp.input(7, pass: 0).fileTime)
    }
    #expect(try store.foreignChanges { _ in false } == [])
  }

  @Test("a symbolic link is replaced, and what it leads to is not touched", arguments: 0..<3, [true, false])
  func links(position: Int, isReconciled: Bool) throws {
    let outside = try Directory.create(path: temporary("outside/web"))
    try outside.write("state.xml", Array("secret".utf8))
    try store.directory.makeFolders(["", "n1", "n1/web"][position])
    let link = ["root/n1", "root/n1/web", "root/n1/web/state.xml"][position]
    let target = ["../outside", "../../outside/web", "../../../outside/web/state.xml"][position]
    #expect(symlink(target, temporary(link)) == 0)
    #expect(try store.readPlain("n1/web/state.xml") == nil)
    if isReconciled {
      try reconcile(tree([("n1/web/state.xml", "<a/>")]))
    } else {
      try store.write("n1/web/state.xml", Content("<a/>"), stamp)
    }
    #expect(try temporary.listing() == ["n1/", "n1/web/", "n1/web/state.xml = <a/>"])
    #expect(try temporary.listing("outside") == ["web/", "web/state.xml = secret"])
  }

  @Test("folders, FIFOs and files in the way are replaced")
  func inTheWay() throws {
    try store.directory.makeFolders("n1/a/b")
    try store.directory.write("n1/a/b/c", [0])
    #expect(mkfifo(temporary("root/n1/fifo"), 0o600) == 0)
    try store.directory.write("n2", [0])
    try reconcile(tree([("n1/a", "1"), ("n1/fifo", "2"), ("n2/x/y", "3")]))
    #expect(try temporary.listing() == ["n1/", "n1/a = 1", "n1/fifo = 2", "n2/", "n2/x/", "n2/x/y = 3"])
  }

  @Test("random changes leave on disk what they leave in the tree", arguments: 1...10)
  func random(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var tree = Tree()
    for index in 1...40 as ClosedRange<LogIndex> {
      // Files and folders have different names, as in figure 5, so no file stands where a folder must.
      let folders = (0..<Int.random(in: 0...2, using: &random)).map { _ in
        "d\(Int.random(in: 0..<3, using: &random))/"
      }
      let text = Bool.random(using: &random) ? "\(Int.random(in: 0..<5, using: &random))" : nil
      let change = try change(folders.joined() + "f\(Int.random(in: 0..<3, using: &random))", text)
      tree.apply(change, at: index)
      switch Int.random(in: 0..<4, using: &random) {
      case 0: try reconcile(tree)
      case 1: try store.synchronise(with: tree, stamp: { _, file in .input(file.index, pass: 0) })
      default:
        if let content = change.content {
          try store.write(change.path.text, content, .input(index, pass: 0))
        } else {
          try store.remove(change.path.text)
        }
      }
      let onDisk = try store.paths.map { "\($0)=\(try store.read($0)?.text ?? "")" }
      #expect(
        onDisk.sorted() == tree.files.map { "\($0.path)=\($0.file.content.text)" }.sorted(),
        "seed \(seed), step \(index)")
      #expect(try store.foreignChanges { _ in false } == [], "seed \(seed), step \(index)")
    }
  }

  @Test(
    "a full disk is an error, and what was there stays",
    .enabled(if: SmallFileSystem.isPossible, "this process may not mount a tmpfs; run the test as root"))
  func fullDisk() throws {
    let small = try #require(SmallFileSystem(at: temporary("small"), sizeBytes: 65536))
    let store = try FileTreeStore(root: small.path)
    try store.write("n1/a", Content("old"), stamp)
    let large = Content([UInt8](repeating: 1, count: 1 << 20))
    let error = #expect(throws: SystemError.self) { try store.write("n1/a", large, stamp) }
    #expect(error?.code == ENOSPC)
    #expect(try temporary.listing("small") == ["n1/", "n1/a = old"])
  }
}

@Suite("logical time stamps")
struct LogicalStampTests {
  @Test("an output is newer than its inputs and older than the next change of them")
  func order() {
    for index in [0, 1, 2, 1_000_000, 10_000_000_000] as [LogIndex] {
      for pass in 1...16 {
        #expect(LogicalStamp.input(index, pass: pass - 1) < .output(index, pass: pass - 1))
        #expect(LogicalStamp.output(index, pass: pass - 1) < .input(index, pass: pass))
      }
      #expect(LogicalStamp.output(index, pass: 16) < .input(index + 1, pass: 0))
      #expect(LogicalStamp.never < .input(index, pass: 0))
    }
  }
}
