import Glibc
import Testing

@testable import Transport

@Suite("The token is read only from a file that nobody else can read")
struct TokenTests {
  let folder: TestFolder
  init() throws { folder = try TestFolder() }

  private let text = "0123456789abcdef0123456789abcdef"

  private func refusal(_ path: String) -> TransportError? {
    do {
      _ = try Token(file: path)
      return nil
    } catch { return error }
  }

  @Test("one with mode 0600 or 0400 is taken", arguments: [0o600, 0o400] as [mode_t])
  func good(mode: mode_t) throws {
    let path = try folder.write(text + "\n", to: "token", mode: mode)
    #expect(try Token(file: path).text == text)
  }

  @Test(
    "one that others may have read is refused, with what to do",
    arguments: [(0o644, "0644"), (0o640, "0640"), (0o604, "0604"), (0o620, "0620")] as [(mode_t, String)])
  func open(mode: mode_t, shown: String) throws {
    let path = try folder.write(text, to: "token", mode: mode)
    #expect(
      refusal(path)
        == TransportError(
          .notAllowed,
          "the token file `\(path)` has mode \(shown), so others may have read it; remove it for a new token, or run `chmod 600 \(path)`"
        ))
  }

  @Test("a missing one, a link, a folder and one without a token are refused")
  func bad() throws {
    #expect(refusal(folder.path + "/none")?.kind == .notAllowed)
    let path = try folder.write(text, to: "token")
    #expect(symlink(path, folder.path + "/link") == 0)
    #expect(refusal(folder.path + "/link")?.kind == .system(ELOOP))
    #expect(refusal(folder.path)?.description == "the token file `\(folder.path)` is not a regular file")
    for content in ["", "\n", "short", "two words of more than sixteen", String(repeating: "a", count: 600)] {
      #expect(refusal(try folder.write(content, to: "bad"))?.kind == .notAllowed, "\(content)")
    }
  }

  @Test("the leader makes a random one with mode 0600, once")
  func creation() throws {
    let first = try Token.readOrCreate(file: folder.tokenFile)
    #expect(TestFolder.mode(folder.tokenFile) == 0o600)
    #expect(first.text.utf8.count == 64)
    #expect(try Token.readOrCreate(file: folder.tokenFile).text == first.text)
    #expect(try Token.readOrCreate(file: folder.path + "/other").text != first.text)
  }

  @Test("one that cannot be made says so")
  func unwritable() {
    #expect {
      try Token.readOrCreate(file: "/nonexistent/token")
    } throws: { ($0 as? TransportError)?.kind == .system(ENOENT) }
  }

  @Test("only the same text is equal")
  func equality() throws {
    let token = try #require(Token(text))
    #expect(token.isEqual(to: text))
    for other in ["", "0", String(text.dropLast()), text + "0", text.uppercased(), String(text.reversed())] {
      #expect(!token.isEqual(to: other), "\(other)")
    }
  }
}
