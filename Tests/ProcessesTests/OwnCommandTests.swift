import Processes
import Supervision
import Testing

@Suite("Commands that are the node's own")
struct OwnCommandTests {
  private let scratch: Scratch
  private let preparation: StartPreparation

  init() throws {
    scratch = try Scratch()
    preparation = StartPreparation(folders: scratch.folders)
  }

  @Test("are found in PATH, and where there is an allow-list only at the paths that it permits")
  func permitted() throws {
    #expect(try preparation.permitted("sh").hasSuffix("bin/sh"))
    #expect(try preparation.permitted("/nowhere/power") == "/nowhere/power")
    preparation.allowList = try AllowList(text: "/bin/sh user=*\n/usr/local/bin/true user=*\n", file: "allow")
    #expect(try preparation.permitted("sh") == "/bin/sh")
    // It is not there, and one that is stands at another path, which is not permitted.
    #expect(try preparation.permitted("true") == "/usr/local/bin/true")
    #expect(throws: StartFailure.self) { try preparation.permitted("/bin/true") }
    #expect(throws: StartFailure.self) { try preparation.permitted("env") }
  }
}
