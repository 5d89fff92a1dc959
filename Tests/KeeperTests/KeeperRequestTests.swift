import Linux
import Model
import Supervision
import Testing

@testable import Keeper

@Suite("Requests to a keeper")
struct KeeperRequestTests {
  private func request(_ executables: [String], number: UInt64) throws -> ProcessStart {
    ProcessStart(
      name: try ProcessName("web"), launch: Digest(of: []), number: number, executables: executables,
      arguments: ["true"], environment: [], folder: "/")
  }

  @Test("a start that a keeper cannot understand is answered, and the ones behind it are too")
  func incomplete() throws {
    let scratch = try Scratch()
    let client = try KeeperTests.Client(scratch)
    client.keeper.start(try request([], number: 7))
    guard case .notStarted(let name, let number, let reason) = try client.next() else {
      Issue.record("it is not answered")
      return
    }
    #expect(name.text == "web" && number == 7)
    #expect(reason.contains("a request to start `web` is not whole"))
    client.keeper.start(try request(["/bin/true"], number: 8))
    guard case .started = try client.next() else { Issue.record("the next one is not answered"); return }
  }
}
