import Glibc
import Linux
import Model
import Processes

@testable import Keeper
import Supervision
import Testing

/// A state folder for one test, with a table over it; everything goes when the test ends.
final class Scratch {
  let path: String
  let folders: NodeFolders
  let keeperFolders: KeeperFolders
  let poller: Poller
  let table: ProcessTable

  init() throws {
    var template = Array("/tmp/dmake-processes-XXXXXX".utf8CString)
    path = String(cString: try #require(mkdtemp(&template)))
    // As a state folder of the system: other users may pass through it.
    chmod(path, 0o755)
    folders = try NodeFolders(path: path)
    keeperFolders = try KeeperFolders(path: path)
    poller = try Poller()
    table = try ProcessTable(folders: keeperFolders, poller: poller)
  }

  deinit { try? Directory(path: "/tmp").removeTree(String(path.dropFirst("/tmp/".count))) }

  func launch(
    _ name: String, _ executable: String, _ arguments: [String] = [],
    _ change: (inout ProcessConfiguration) -> Void = { _ in }
  )
    throws -> Launch
  {
    var process = ProcessConfiguration(name: try ProcessName(name), executable: executable)
    process.arguments = arguments
    change(&process)
    return try #require(
      NodeConfiguration(environment: ["GREETING": "hello"], processes: [process]).launch(of: process.name))
  }

  func start(_ launch: Launch, number: UInt64 = 1) throws -> Int32 {
    try table.start(prepared(launch, number: number)).get()
  }

  func prepared(_ launch: Launch, number: UInt64 = 1) throws -> ProcessStart {
    try StartPreparation(folders: folders).start(launch, number: number, node: NodeName("n1"))
  }

  /// The next process that ends, by the same way as the agent hears of it.
  func nextEnd() throws -> UnsettledEnd {
    for _ in 0..<180 {
      if !ends.isEmpty { return ends.removeFirst() }
      take(.seconds(1))
    }
    throw Timeout()
  }

  private var ends: [UnsettledEnd] = []

  private func take(_ patience: Duration) {
    let ended = table.take(poller.wait(atMost: patience))
    for end in ended { table.record(end) }
    ends += ended
  }

  /// The lines of a log without their time stamps.
  func log(_ name: String) throws -> String {
    guard let bytes = try keeperFolders.log.readIfPresent("\(name).log", limitBytes: 1 << 20) else { return "" }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.isEmpty ? "" : String($0.drop { $0 != " " }.dropFirst()) }.joined(separator: "\n")
  }

  /// Whether the file is in the folder; it is not, afterwards.
  func isThere(_ name: String) throws -> Bool { try folders.state.remove(name) }

  /// Waits for something that other processes do.
  func wait(_ condition: () throws -> Bool) throws {
    for _ in 0..<18_000 {
      take(.zero)
      if try condition() { return }
      usleep(10_000)
    }
    throw Timeout()
  }
}

struct Timeout: Error {}
