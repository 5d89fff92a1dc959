import FileTree
import Glibc
import Linux
import Model
import Testing

@Suite("ROOT on disk follows the tree")
struct FileTreeStoreTests {
  let temporary: TemporaryFolder
  let store: FileTreeStore

  init() throws {
    temporary = try TemporaryFolder()
    store = try temporary.store()
  }

  @Test("Changes are applied, and empty folders go") func apply() throws {
    try store.apply(
      [change("n1/web/state.xml", "<a/>"), change("n1/web/config.xml", "<b/>"), change("sum", "1")],
      time: .input(1))
    #expect(
      try temporary.listing() == [
        "n1/", "n1/web/", "n1/web/config.xml = <b/>", "n1/web/state.xml = <a/>", "sum = 1",
      ])
    #expect(try store.read(TreePath("n1/web/state.xml")) == Content("<a/>"))
    #expect(try store.read(TreePath("n1/absent")) == nil)
    try store.apply([change("n1/web/state.xml", nil), change("sum", "2")], time: .output(1, pass: 1))
    #expect(try temporary.listing() == ["n1/", "n1/web/", "n1/web/config.xml = <b/>", "sum = 2"])
    try store.apply([change("n1/web/config.xml", nil), change("n1/absent", nil)], time: .input(2))
    #expect(try temporary.listing() == ["sum = 2"])
    try store.apply([change("sum/in", "1"), change("sum", nil)], time: .input(3))
    #expect(try temporary.listing() == ["sum/", "sum/in = 1"])
  }

  @Test("A folder with hidden names stays when its last file goes") func hiddenStays() throws {
    try store.apply([change("n1/a", "1")], time: .input(1))
    try store.directory.write("n1/.values", [UInt8(ascii: "v")])
    try store.apply([change("n1/a", nil)], time: .input(2))
    #expect(try temporary.listing() == ["n1/", "n1/.values = v"])
  }

  @Test("Reconciliation writes what differs and removes what is not in the tree") func reconcile() throws {
    let tree = try tree(
      [("n1/web/state.xml", "<a/>"), ("n1/web/config.xml", "<b/>"), ("n2/new-node", "")], at: 7)
    let folder = store.directory
    try folder.makeFolders("n1/web/deeper")
    try folder.makeFolders("n3/web")
    try folder.makeFolders(".hidden/in")
    try folder.write("n1/web/state.xml", Array("<a/>".utf8))
    try folder.write("n1/web/config.xml", Array("<c/>".utf8))
    try folder.write("n1/web/.keep", [UInt8(ascii: "k")])
    try folder.write("n1/web/.dmake-tmp-1-1", [0])
    try folder.write("n3/web/.keep", [UInt8(ascii: "k")])
    try folder.write("n3/web/gone", [0])
    try folder.write("stray name with blanks", [0])
    let result = try store.reconcile(tree)
    #expect(
      try temporary.listing() == [
        ".hidden/", ".hidden/in/", "n1/", "n1/web/", "n1/web/.keep = k", "n1/web/config.xml = <b/>",
        "n1/web/state.xml = <a/>", "n2/", "n2/new-node = ", "n3/", "n3/web/", "n3/web/.keep = k",
      ])
    #expect(result.written.map(\.text) == ["n1/web/config.xml", "n2/new-node"])
    #expect(result.removed == ["n1/web/deeper", "n3/web/gone", "stray name with blanks"])
    for (path, _) in tree.files {
      #expect(try store.status(path)?.modified == LogicalTime.input(7).fileTime)
    }
    #expect(try store.reconcile(tree) == Reconciliation())
  }

  @Test("A symbolic link is replaced by reconciliation, and what it leads to is not touched", arguments: 0..<3)
  func links(position: Int) throws {
    let outside = try Directory.create(path: temporary("outside/web"))
    try outside.write("state.xml", Array("secret".utf8))
    let tree = try tree([("n1/web/state.xml", "<a/>")])
    try store.directory.makeFolders(["", "n1", "n1/web"][position])
    let link = ["root/n1", "root/n1/web", "root/n1/web/state.xml"][position]
    let target = ["../outside", "../../outside/web", "../../../outside/web/state.xml"][position]
    #expect(symlink(target, temporary(link)) == 0)
    if position < 2 {
      let path = try TreePath("n1/web/state.xml")
      #expect(throws: SystemError.self) { try store.apply([TreeChange(path, Content("x"))], time: .input(1)) }
      #expect(throws: SystemError.self) { try store.apply([TreeChange(path, nil)], time: .input(1)) }
      #expect(throws: SystemError.self) { try store.read(path) }
    } else {
      #expect(throws: SystemError.self) { try store.read(TreePath("n1/web/state.xml")) }
    }
    _ = try store.reconcile(tree)
    #expect(try temporary.listing() == ["n1/", "n1/web/", "n1/web/state.xml = <a/>"])
    #expect(try temporary.listing("outside") == ["web/", "web/state.xml = secret"])
  }

  @Test("Folders, FIFOs and files in the way are replaced") func inTheWay() throws {
    try store.directory.makeFolders("n1/a/b")
    try store.directory.write("n1/a/b/c", [0])
    #expect(mkfifo(temporary("root/n1/fifo"), 0o600) == 0)
    try store.directory.write("n2", [0])
    let result = try store.reconcile(tree([("n1/a", "1"), ("n1/fifo", "2"), ("n2/x/y", "3")]))
    #expect(try temporary.listing() == ["n1/", "n1/a = 1", "n1/fifo = 2", "n2/", "n2/x/", "n2/x/y = 3"])
    #expect(result.removed == ["n1/a", "n1/fifo", "n2"])
  }

  @Test("Names that Swift takes for equal or hidden are told apart by their bytes") func canonicalEquivalence()
    throws
  {
    // U+212A, the sign of the kelvin, is canonically equivalent to K.
    try store.directory.write("\u{212a}", [0])
    try store.directory.write(".\u{301}hidden", [UInt8(ascii: "h")])
    let result = try store.reconcile(tree([("K", "1")]))
    #expect(result.removed.map { Array($0.utf8) } == [Array("\u{212a}".utf8)])
    #expect(try temporary.listing() == [".\u{301}hidden = h", "K = 1"])
  }

  @Test("A scan finds regular files with names of the tree only") func scan() throws {
    try store.apply([change("n1/a", "1"), change("n1/b/c", "22")], time: .output(4, pass: 2))
    try store.directory.write("n1/.hidden", [0])
    try store.directory.write("n1/with blank", [0])
    #expect(symlink("a", temporary("root/n1/link")) == 0)
    let found = try store.scan()
    #expect(found.map(\.path.text) == ["n1/a", "n1/b/c"])
    #expect(found.map(\.status.sizeBytes) == [1, 2])
    #expect(found.allSatisfy { LogicalTime($0.status.modified) == .output(4, pass: 2) })
  }

  @Test("Random changes leave on disk what they leave in the tree", arguments: 1...10)
  func random(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var tree = Tree()
    for index in 1...40 as ClosedRange<LogIndex> {
      // Files and folders have different names, as in figure 5, so no file stands where a folder must.
      let changes = try (0..<Int.random(in: 1...5, using: &random)).map { _ in
        let folders = (0..<Int.random(in: 0...2, using: &random)).map { _ in
          "d\(Int.random(in: 0..<3, using: &random))/"
        }
        let text = Bool.random(using: &random) ? "\(Int.random(in: 0..<5, using: &random))" : nil
        return try change(folders.joined() + "f\(Int.random(in: 0..<3, using: &random))", text)
      }
      // Within one batch a path has one change: removals are done first.
      var last: [TreePath: TreeChange] = [:]
      for change in changes { last[change.path] = change }
      let batch = changes.filter { last[$0.path] == $0 }
      for change in batch { tree.apply(change, at: index) }
      if Int.random(in: 0..<4, using: &random) == 0 {
        _ = try store.reconcile(tree)
      } else {
        try store.apply(batch, time: .input(index))
      }
      let onDisk = try store.scan().map { "\($0.path)=\(try store.read($0.path)?.text ?? "")" }.sorted()
      #expect(
        onDisk == tree.files.map { "\($0.path)=\($0.file.content.text)" }.sorted(),
        "seed \(seed), step \(index)")
      #expect(try store.reconcile(tree).written.isEmpty)
    }
  }

  @Test(
    "A full disk is an error, and what was there stays",
    .enabled(if: SmallFileSystem.isPossible, "this process may not mount a tmpfs; run the test as root"))
  func fullDisk() throws {
    let small = try #require(SmallFileSystem(at: temporary("small"), sizeBytes: 65536))
    let store = try FileTreeStore(root: small.path)
    try store.apply([change("n1/a", "old")], time: .input(1))
    let large = Content([UInt8](repeating: 1, count: 1 << 20))
    let error = #expect(throws: SystemError.self) {
      try store.apply([TreeChange(TreePath("n1/a"), large)], time: .input(2))
    }
    #expect(error?.code == ENOSPC)
    #expect(try temporary.listing("small") == ["n1/", "n1/a = old"])
  }
}
