import Glibc
import Linux
import Testing

@Suite("Files beneath a folder")
struct DirectoryTests {
  let temporary: TemporaryFolder
  let folder: Directory

  init() throws {
    temporary = try TemporaryFolder()
    folder = try Directory.create(path: temporary("a/b/root"))
  }

  @Test("A file is written, read, listed, stamped and removed") func life() throws {
    try folder.makeFolders("x/y")
    let time = FileTime(seconds: 1_234_567_890, nanoseconds: 123_456_000)
    try folder.write("x/y/file", Array("text".utf8), mode: 0o640, modified: time, durability: .disk)
    #expect(try folder.read("x/y/file", limitBytes: 4) == Array("text".utf8))
    let status = try #require(try folder.status("x/y/file"))
    #expect(status.kind == .regular)
    #expect(status.mode == 0o640)
    #expect(status.modified == time)
    #expect(status.sizeBytes == 4)
    #expect(try folder.list("x/y").map(\.name) == ["file"])
    let later = FileTime(seconds: 1_234_567_891, nanoseconds: 1000)
    try folder.setModificationTime("x/y/file", later)
    #expect(try folder.status("x/y/file")?.modified == later)
    #expect(try folder.removeEmptyFolder("x/y") == false)
    #expect(try folder.remove("x/y/file"))
    #expect(try folder.remove("x/y/file") == false)
    #expect(try folder.removeEmptyFolder("x/y"))
    #expect(try folder.readIfPresent("x/y/file", limitBytes: 4) == nil)
    #expect(try folder.status("x/y/file") == nil)
  }

  @Test("A file over the limit is refused") func limit() throws {
    try folder.write("file", [UInt8](repeating: 0, count: 100))
    let error = #expect(throws: SystemError.self) { try folder.read("file", limitBytes: 99) }
    #expect(error?.description == "cannot read `\(folder.path)/file`: it is larger than 99 bytes")
    // A file of /proc says that it has no bytes at all.
    #expect(throws: SystemError.self) { try Directory.readFile(path: "/proc/self/maps", limitBytes: 10) }
    #expect(try Directory.readFile(path: "/proc/self/maps", limitBytes: 10 << 20).count > 10)
  }

  @Test("Only regular files are read, and nothing waits for a writer") func kinds() throws {
    #expect(mkfifo(temporary("a/b/root/fifo"), 0o600) == 0)
    try folder.makeFolders("folder")
    let fifo = #expect(throws: SystemError.self) { try folder.read("fifo", limitBytes: 10) }
    #expect(fifo?.description == "cannot read `\(folder.path)/fifo`: it is a FIFO; expected a regular file")
    let inner = #expect(throws: SystemError.self) { try folder.read("folder", limitBytes: 10) }
    #expect(inner?.code == EISDIR)
    let device = #expect(throws: SystemError.self) { try Directory.readFile(path: "/dev/zero", limitBytes: 10) }
    #expect(device?.detail == "it is a device; expected a regular file")
  }

  @Test(
    "No path leaves the folder",
    arguments: ["../outside", "/etc/hostname", "x/../../outside", "..", ".", "x/..", "", "/"])
  func outside(path: String) throws {
    try folder.makeFolders("x")
    try Directory(path: temporary("a/b")).write("outside", [1])
    #expect(throws: SystemError.self) { try folder.read(path, limitBytes: 1 << 20) }
    #expect(throws: SystemError.self) { try folder.write(path, [2]) }
    #expect(throws: SystemError.self) { try folder.removeTree(path) }
    #expect(throws: SystemError.self) {
      try folder.setModificationTime(path, FileTime(seconds: 1, nanoseconds: 0))
    }
    #expect(try Directory(path: temporary("a/b")).read("outside", limitBytes: 1) == [1])
  }

  @Test(
    "A symbolic link is not followed, wherever it stands",
    arguments: ["link", "link/in", "x/link/in", "x/link"])
  func links(path: String) throws {
    try Directory.create(path: temporary("target")).write("in", [7])
    try folder.makeFolders("x")
    #expect(symlink(temporary("target"), temporary("a/b/root/link")) == 0)
    #expect(symlink("../../../../target", temporary("a/b/root/x/link")) == 0)
    #expect(throws: SystemError.self) { try folder.read(path, limitBytes: 10) }
    #expect(throws: SystemError.self) { try folder.list(path) }
    #expect(throws: SystemError.self) { try folder.makeFolders(path + "/new") }
    if path.hasSuffix("in") {
      let error = #expect(throws: SystemError.self) { try folder.write(path, [8]) }
      #expect(error?.code == ELOOP)
      #expect(error?.detail == "a symbolic link stands in the path, and links are not followed here")
      #expect(throws: SystemError.self) { try folder.remove(path) }
    } else {
      // The link itself is replaced and removed; what it leads to stays.
      try folder.write(path, [8])
      #expect(try folder.status(path)?.kind == .regular)
    }
    #expect(try temporary.listing("target") == ["in = \u{7}"])
  }

  @Test("A tree is removed without following its links, names that are not UTF-8 included") func removal()
    throws
  {
    try Directory.create(path: temporary("target")).write("in", [7])
    try folder.makeFolders("t/u/v")
    #expect(symlink(temporary("target"), temporary("a/b/root/t/u/link")) == 0)
    #expect(mkfifo(temporary("a/b/root/t/u/fifo"), 0o600) == 0)
    let name = Array(temporary("a/b/root/t/").utf8CString.dropLast()) + [-1, -2, 0]
    let descriptor = open(name, O_CREAT | O_WRONLY, 0o600)
    #expect(descriptor >= 0)
    close(descriptor)
    try folder.removeTree("t")
    #expect(try folder.list() == [])
    #expect(try temporary.listing("target") == ["in = \u{7}"])
  }

  @Test("A tree is removed whatever its depth and breadth, and however few descriptors there are")
  func removeDeepTree() throws {
    var inner = try folder.makeFolders("t")
    for number in 0..<25_000 {
      try inner.write("file", [])
      if number % 1000 == 0 { try inner.makeFolders("beside/\(Directory.temporaryPrefix)gone-\(number)/x") }
      inner = try inner.makeFolder("deeper").folder
    }
    for number in 0..<600 { try inner.makeFolders("\(number)/x") }
    try folder.removeTree("t")
    #expect(try folder.list() == [])
  }

  @Test("A file has the mode that was asked for, whatever the process's mask is", arguments: [0o666, 0o600])
  func mode(mode: UInt32) throws {
    #expect(try folder.write("file", [1], mode: mode).mode == mode)
    #expect(try folder.status("file")?.mode == mode)
    let time = FileTime(seconds: 1, nanoseconds: 0)
    #expect(try folder.writeAnew("file", [2], mode: mode, modified: time).mode == mode)
    #expect(try folder.status("file")?.mode == mode)
  }

  @Test("A failed write leaves the old content and no temporary file") func failedWrite() throws {
    try folder.makeFolders("x/full")
    try folder.write("x/file", Array("old".utf8))
    // A folder cannot be replaced by a file.
    #expect(throws: SystemError.self) { try folder.write("x", [1]) }
    #expect(throws: SystemError.self) { try folder.write("x/full", [1]) }
    #expect(throws: SystemError.self) { try folder.write("x/file/beneath", [1]) }
    #expect(throws: SystemError.self) { try folder.write("absent/file", [1]) }
    #expect(try temporary.listing("a/b/root") == ["x/", "x/file = old", "x/full/"])
  }

  @Test(
    "A full disk leaves the old content and no temporary file",
    .enabled(if: SmallFileSystem.isPossible, "this process may not mount a tmpfs; run the test as root"))
  func fullDisk() throws {
    let small = try #require(SmallFileSystem(at: temporary("small"), sizeBytes: 65536))
    let folder = try Directory(path: small.path)
    try folder.write("file", Array("old".utf8))
    let error = #expect(throws: SystemError.self) {
      try folder.write("file", [UInt8](repeating: 1, count: 1 << 20), durability: .disk)
    }
    #expect(error?.code == ENOSPC)
    #expect(error?.description == "cannot write `\(small.path)/file`: No space left on device")
    #expect(try temporary.listing("small") == ["file = old"])
    try folder.write("file", Array("new".utf8))
    #expect(try temporary.listing("small") == ["file = new"])
  }

  @Test("A locked folder names the process that holds it, and a released one is free") func lock() throws {
    let path = temporary("lock")
    do {
      let held = try LockFile(path: path)
      let error = #expect(throws: SystemError.self) { try LockFile(path: held.path) }
      #expect(
        error?.description
          == "cannot lock `\(path)`: process \(getpid()) holds it; stop that process or use another folder")
    }
    _ = try LockFile(path: path)
    #expect(symlink(path, temporary("link")) == 0)
    #expect(throws: SystemError.self) { try LockFile(path: temporary("link")) }
  }

  @Test("Readers see the old or the new content while it is replaced") func atomicity() async throws {
    let folder = folder
    let contents = [[UInt8](repeating: 1, count: 300_000), [UInt8](repeating: 2, count: 200_000)]
    try folder.write("file", contents[0])
    try await withThrowingTaskGroup { group in
      for writer in 0..<2 {
        group.addTask { for _ in 0..<50 { try folder.write("file", contents[writer]) } }
      }
      group.addTask {
        for _ in 0..<100 {
          let found = try folder.read("file", limitBytes: 1 << 20)
          #expect(contents.contains(found))
        }
      }
      try await group.waitForAll()
    }
    #expect(try folder.list().map(\.name) == ["file"])
  }
}
