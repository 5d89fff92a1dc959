import Model
import Testing

@Suite("Digests are SHA-256")
struct DigestTests {
  /// The examples of FIPS 180-4 (csrc.nist.gov, "SHA256.pdf") and the empty message of the same collection.
  @Test(
    "the standard's examples",
    arguments: [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
      (
        String(repeating: "a", count: 1_000_000),
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
      ),
    ])
  func vectors(message: String, hex: String) {
    let digest = Digest(of: message.utf8)
    #expect(digest.hex == hex && digest.description == hex.prefix(12))
    #expect(Digest(bytes: digest.bytes) == digest)
  }

  @Test("bytes of another length are no digest")
  func length() {
    #expect(Digest(bytes: []) == nil && Digest(bytes: Array(repeating: 0, count: 33)) == nil)
  }

  @Test("a bundle's digest tells names, contents and execution bits apart, and not the order of its files")
  func bundles() throws {
    func file(_ path: String, _ text: String, _ isExecutable: Bool = false) throws -> Bundle.File {
      Bundle.File(path: try TreePath(path), isExecutable: isExecutable, content: Content(text))
    }
    let one = Bundle(files: [try file("DMakefile", "x"), try file("run", "y", true)])
    #expect(one.digest == Bundle(files: one.files.reversed()).digest)
    let others = [
      Bundle(files: [try file("DMakefile", "x"), try file("run", "y")]),
      Bundle(files: [try file("DMakefile", "x"), try file("run2", "y", true)]),
      Bundle(files: [try file("DMakefile", "y"), try file("run", "y", true)]),
      Bundle(files: [try file("DMakefile", "x")]),
    ]
    #expect(others.allSatisfy { $0.digest != one.digest })
    #expect(one.policy == Content("x") && one["run"]?.isExecutable == true && one["nothing"] == nil)
  }
}
