import Glibc
import Linux
import Model
import Testing

@testable import MakeWrapper

@Suite("ROOT on disk is the wrapper's own")
struct RootFolderTests {
  private let stamp = LogicalStamp.input(7, pass: 0)

  @Test("what others write, change, remove or link is found")
  func foreign() throws {
    let scratch = try Scratch()
    let root = try RootFolder(path: scratch.path + "/root")
    for name in ["n1/web/a", "n1/web/b", "n1/web/c", "n1/web/d"] { try root.write(name, Content("x"), stamp) }
    #expect(try root.foreignChanges { _ in false } == [])
    try scratch.write("root/n1/web/a", "y")
    try scratch.write("root/new", "z")
    unlink(scratch.path + "/root/n1/web/b")
    unlink(scratch.path + "/root/n1/web/c")
    symlink("/etc/passwd", scratch.path + "/root/n1/web/c")
    #expect(try root.foreignChanges { _ in false } == ["n1/web/a", "n1/web/b", "n1/web/c", "new"])
  }

  @Test("a link that a recipe put into the way leads nowhere")
  func link() throws {
    let scratch = try Scratch()
    let root = try RootFolder(path: scratch.path + "/root")
    try scratch.makeFolder("outside")
    symlink(scratch.path + "/outside", scratch.path + "/root/n1")
    try root.write("n1/web/config.xml", Content("x"), stamp)
    #expect(scratch.text("outside/web/config.xml") == nil)
    #expect(scratch.text("root/n1/web/config.xml") == "x")
  }

  @Test("folders go with their last file")
  func folders() throws {
    let scratch = try Scratch()
    let root = try RootFolder(path: scratch.path + "/root")
    try root.write("n1/web/a", Content("x"), stamp)
    try root.write("n1/b", Content("x"), stamp)
    try root.remove("n1/web/a")
    #expect(try root.directory.list("n1").map(\.name) == ["b"])
    try root.remove("n1/b")
    #expect(try root.directory.list().isEmpty)
  }

  @Test("a policy is installed read-only, and again after somebody damaged it")
  func installation() throws {
    let scratch = try Scratch()
    let state = try Directory.create(path: scratch.path + "/state")
    let bundle = Bundle(files: [
      .init(path: try TreePath("DMakefile"), isExecutable: false, content: Content("all:\n")),
      .init(path: try TreePath("bin/plan"), isExecutable: true, content: Content("#!/bin/sh\n")),
    ])
    let installed = try PolicyInstallation.install(bundle, in: state)
    let relative = String(installed.path.dropFirst(scratch.path.count + 1))
    #expect(scratch.text(relative + "/bin/plan") == "#!/bin/sh\n")
    #expect(try state.status("policies/\(bundle.digest.hex)/bin/plan")?.mode == 0o555)
    chmod(installed.path + "/DMakefile", 0o644)
    try scratch.write(relative + "/DMakefile", "hacked:\n")
    #expect(try PolicyInstallation.install(bundle, in: state) == installed)
    #expect(scratch.text(relative + "/DMakefile") == "all:\n")
  }
}
