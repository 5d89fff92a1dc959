import FileTree
import Glibc
import Linux
import Model
import Testing

/// What the watches tell is what a look at everything finds.
@Suite("what others write in ROOT is found by what the kernel tells of it")
struct ForeignChangesTests {
  let temporary: TemporaryFolder
  let store: FileTreeStore
  private let stamp = LogicalStamp.input(7, pass: 0)
  private let names = ["n1/web/a", "n1/web/b", "n1/db/a", "n2/web/a", "top"]

  init() throws {
    temporary = try TemporaryFolder()
    store = try temporary.store(watchedFromCount: 0)
    try store.reconcile(with: Tree()) { _, file in .input(file.index, pass: 0) }
    for name in names + [".dmake/values/x", ".dmake/values/y"] { try store.write(name, Content("x"), stamp) }
    store.settle()
  }

  private func expectFound(_ expected: [String], hidden: [String] = []) throws {
    let everything = try store.foreignChanges { $0.hasPrefix(".") && !hidden.contains($0) }
    let told = try store.foreignChanges(hidden: hidden)
    #expect(told == everything)
    #expect(told == expected)
    // They stay until they are put in order.
    #expect(try store.foreignChanges(hidden: hidden) == expected)
  }

  private func write(_ name: String, _ text: String = "other") throws {
    try store.directory.write(name, Array(text.utf8))
  }

  @Test("nothing is told of what was written here")
  func own() throws {
    try store.write("n3/new/a", Content("1"), stamp)
    try store.write("n1/web/a", Content("2"), stamp)
    try store.remove("n2/web/a")
    try store.setStamp(of: "top", .input(8, pass: 0))
    try expectFound([])
    store.settle()
    try expectFound([])
  }

  @Test("files that are written, made, removed, touched or replaced")
  func files() throws {
    try write("n1/web/a")
    try write("n1/web/new")
    try write("stray")
    unlink(temporary("root/n1/web/b"))
    unlink(temporary("root/n1/db/a"))
    #expect(symlink("/etc/passwd", temporary("root/n1/db/a")) == 0)
    #expect(utimensat(AT_FDCWD, temporary("root/top"), nil, 0) == 0)
    try expectFound(["n1/db/a", "n1/web/a", "n1/web/b", "n1/web/new", "stray", "top"])
  }

  @Test("a file in a folder that is new")
  func newFolders() throws {
    try store.directory.makeFolders("n9/deep/er")
    try write("n9/deep/er/a")
    try expectFound(["n9/deep/er/a"])
    try store.remove("n9/deep/er/a")
    try store.directory.makeFolders("n9/deep/er")
    try write("n9/deep/er/b")
    try expectFound(["n9/deep/er/b"])
    // The folder is known by now.
    try write("n9/deep/er/c")
    try expectFound(["n9/deep/er/b", "n9/deep/er/c"])
  }

  @Test("a folder that is removed, moved, or replaced by a file")
  func folders() throws {
    try store.directory.removeTree("n1/web")
    try expectFound(["n1/web/a", "n1/web/b"])
    for name in ["n1/web/a", "n1/web/b"] { try store.write(name, Content("x"), stamp); store.forget(name) }
    for name in ["n1/web/a", "n1/web/b"] { try store.write(name, Content("x"), stamp) }
    store.settle()
    #expect(rename(temporary("root/n1"), temporary("root/n5")) == 0)
    try write("n5/web/a")
    try expectFound(["n1/db/a", "n1/web/a", "n1/web/b", "n5/db/a", "n5/web/a", "n5/web/b"])
    try write("n1")
    try expectFound(["n1", "n1/db/a", "n1/web/a", "n1/web/b", "n5/db/a", "n5/web/a", "n5/web/b"])
  }

  @Test("more than the kernel can keep")
  func overflow() throws {
    for number in 0..<18000 {
      utimensat(AT_FDCWD, temporary("root/\(number.isMultiple(of: 2) ? "top" : "n1/web/a")"), nil, 0)
    }
    try write("n2/web/b")
    try expectFound(["n1/web/a", "n2/web/b", "top"])
    try write("n2/web/c")
    try expectFound(["n1/web/a", "n2/web/b", "n2/web/c", "top"])
  }

  @Test("a file in a folder that was made when ROOT was brought to a tree")
  func reconciled() throws {
    let tree = try tree([("n1/web/a", "x"), ("n7/db/a", "x"), ("n7/new-node", "")])
    try store.reconcile(with: tree) { _, file in .input(file.index, pass: 0) }
    try expectFound([])
    try write("n7/db/b")
    try write("n7/state")
    try write("n7/new-node")
    try expectFound(["n7/db/b", "n7/new-node", "n7/state"])
  }

  @Test("of hidden files, those that are asked for")
  func hidden() throws {
    try write(".dmake/values/x")
    try write(".dmake/values/y")
    try expectFound([".dmake/values/x"], hidden: [".dmake/values/x"])
  }

  @Test("of hidden files alone, where nobody else wrote to visible ones")
  func visibleKnown() throws {
    try write("top")
    try write(".dmake/values/x")
    let found = try store.foreignChanges(hidden: [".dmake/values/x"], isVisibleKnown: true)
    #expect(found == [".dmake/values/x"])
    // What was not looked at is told by the next look.
    try expectFound([".dmake/values/x", "top"], hidden: [".dmake/values/x"])
  }

  @Test("all hidden files, when their folder is gone")
  func hiddenFolder() throws {
    try store.directory.removeTree(".dmake")
    #expect(try store.foreignChanges(hidden: [String]()) == [".dmake/values/x", ".dmake/values/y"])
  }
}
