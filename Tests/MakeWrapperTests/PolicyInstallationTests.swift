import DMakefile
import Glibc
import Linux
import Model
import Testing

@testable import MakeWrapper

@Suite("an installed policy is what was applied")
struct PolicyInstallationTests {
  @Test("it is installed read-only, and again after somebody damaged it")
  func installation() throws {
    let scratch = try Scratch()
    let state = try Directory.create(path: scratch.path + "/state")
    let bundle = Bundle(files: [
      .init(path: try TreePath("DMakefile"), isExecutable: false, content: Content("all:\n")),
      .init(path: try TreePath("bin/plan"), isExecutable: true, content: Content("#!/bin/sh\n")),
    ])
    let translation = Translator.translate(bundle: bundle)
    let installed = try PolicyInstallation.install(bundle, translation, in: state)
    let relative = String(installed.path.dropFirst(scratch.path.count + 1))
    #expect(scratch.text(relative + "/bin/plan") == "#!/bin/sh\n")
    #expect(try state.status("policies/\(bundle.digest.hex)/bin/plan")?.mode == 0o555)
    chmod(installed.path + "/DMakefile", 0o644)
    try scratch.write(relative + "/DMakefile", "hacked:\n")
    #expect(try PolicyInstallation.install(bundle, translation, in: state) == installed)
    #expect(scratch.text(relative + "/DMakefile") == "all:\n")
  }
}
