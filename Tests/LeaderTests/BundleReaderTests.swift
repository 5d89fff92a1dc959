import Glibc
import Linux
import MakeWrapper
import Model
import Testing

@Suite("a policy bundle on disk")
struct BundleReaderTests {
  private func withFolder(_ body: (String, Directory) throws -> Void) async throws {
    try await withScratch { path in try body(path, try Directory(path: path)) }
  }

  @Test("is the DMakefile with all that is beside it, without what editors and version control leave")
  func folder() async throws {
    try await withFolder { path, folder in
      try folder.makeFolders("bin")
      try folder.makeFolders(".git")
      try folder.write("DMakefile", Array("all:\n".utf8))
      try folder.write("bin/balance", Array("#!/bin/sh\n".utf8), mode: 0o755)
      for name in ["DMakefile~", "#DMakefile#", ".hidden", ".git/config"] { try folder.write(name, [1]) }
      let bundle = try BundleReader.read(path)
      #expect(bundle.files.map(\.path.text) == ["DMakefile", "bin/balance"])
      #expect(bundle.files.map(\.isExecutable) == [false, true])
      #expect(bundle.policy?.text == "all:\n")
      #expect(try BundleReader.read(path + "/DMakefile") == bundle)
    }
  }

  @Test("may be named by a file of another name, which then is its DMakefile")
  func otherName() async throws {
    try await withFolder { path, folder in
      try folder.write("DMakefile", Array("old:\n".utf8))
      try folder.write("next.mk", Array("next:\n".utf8))
      let bundle = try BundleReader.read(path + "/next.mk")
      #expect(bundle.files.map(\.path.text) == ["DMakefile"])
      #expect(bundle.policy?.text == "next:\n")
    }
  }

  @Test("is refused with a sentence that names the file")
  func refused() async throws {
    try await withFolder { path, folder in
      #expect(throws: BundleError.noPolicy(folder: path)) { try BundleReader.read(path) }
      let missing = #expect(throws: BundleError.self) { try BundleReader.read(path + "/missing") }
      #expect(missing?.description == "cannot open the folder `\(path)/missing`: No such file or directory")

      try folder.makeFolders("DMakefile")
      #expect(throws: BundleError.noPolicy(folder: path)) { try BundleReader.read(path) }
      try folder.removeTree("DMakefile")
      try folder.write("DMakefile", [])

      try #require(symlink("/etc/passwd", path + "/link") == 0)
      #expect(throws: BundleError.badKind(path: path + "/link", .symbolicLink)) { try BundleReader.read(path) }
      try #require(symlink("/etc/passwd", path + "/other") == 0)
      #expect(
        throws: BundleError.several([
          .badKind(path: path + "/link", .symbolicLink), .badKind(path: path + "/other", .symbolicLink),
        ])
      ) { try BundleReader.read(path) }
      try folder.remove("other")
      try folder.remove("link")
      try #require(mkfifo(path + "/pipe", 0o600) == 0)
      #expect(throws: BundleError.badKind(path: path + "/pipe", .fifo)) { try BundleReader.read(path) }
      try folder.remove("pipe")

      try folder.write("a b", [])
      let name = #expect(throws: BundleError.self) { try BundleReader.read(path) }
      #expect(name?.description.contains("`\(path)/a b`") == true)
      try folder.remove("a b")

      try folder.write("large", [UInt8](repeating: 0, count: Bundle.sizeLimitBytes + 1))
      #expect(throws: BundleError.tooLarge(path: path + "/large", limitBytes: Bundle.sizeLimitBytes)) {
        try BundleReader.read(path)
      }
    }
  }
}
