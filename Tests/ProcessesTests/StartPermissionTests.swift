import Glibc
import Linux
import Model
import Processes
import Supervision
import Testing

@Suite("Starts that an allow-list decides about")
struct StartPermissionTests {
  private let scratch: Scratch
  init() throws { scratch = try Scratch() }

  private func start(
    _ list: String, _ executable: String, _ change: (inout ProcessConfiguration) -> Void = { _ in }
  ) throws -> Result<[String], StartFailure> {
    var process = ProcessConfiguration(name: try ProcessName("web"), executable: executable)
    change(&process)
    let launch = try #require(
      NodeConfiguration(environment: [:], processes: [process]).launch(of: process.name))
    let preparation = StartPreparation(folders: scratch.folders)
    preparation.allowList = try AllowList(text: list, file: "list")
    let node = try NodeName("n1")
    return Result { () throws(StartFailure) in
      try preparation.start(launch, number: 1, node: node).executables
    }
  }

  private func isRefused(_ result: Result<[String], StartFailure>) -> Bool {
    if case .failure(.refused) = result { true } else { false }
  }

  @Test("a name is executed only where the list permits, whatever PATH says")
  func path() throws {
    let found = try start("/bin/sh user=*", "sh")
    #expect(try found.get() == ["/bin/sh"])
    let other = try start("/bin/sh user=* env=PATH", "sh") { $0.environment = ["PATH": "/tmp:/bin"] }
    #expect(try other.get() == ["/bin/sh"])
    #expect(isRefused(try start("/bin/sh user=*", "sh") { $0.environment = ["PATH": "/tmp:/bin"] }))
    #expect(
      isRefused(try start("/bin/sh user=* env=PATH", "sh") { $0.environment = ["PATH": "/tmp:/b/../bin"] }))
  }

  @Test("a process without user runs as the agent's own, which the list must name")
  func ownUser() throws {
    let own = try UserAccount(user: nil, group: nil).name
    #expect(try start("/bin/sh user=\(own)", "/bin/sh").get() == ["/bin/sh"])
    #expect(try start("/bin/sh user=\(getuid())", "/bin/sh").get() == ["/bin/sh"])
    #expect(isRefused(try start("/bin/sh user=4242", "/bin/sh")))
  }

  @Test(
    "root is root, however it is written", arguments: ["0", "00", "+0", "root"])
  func root(user: String) throws {
    #expect(isRefused(try start("/bin/sh user=nobody,daemon group=*", "/bin/sh") { $0.user = user }))
  }

  @Test("groups that a user has anyway need no permission; others do, by name or number")
  func groups() throws {
    #expect(try start("/bin/sh user=nobody", "/bin/sh") { $0.user = "nobody" }.get() == ["/bin/sh"])
    for group in ["root", "0", "00"] {
      #expect(
        isRefused(
          try start("/bin/sh user=nobody", "/bin/sh") {
            $0.user = "nobody"
            $0.group = group
          }))
      #expect(
        isRefused(
          try start("/bin/sh user=nobody group=daemon", "/bin/sh") {
            $0.user = "nobody"
            $0.rights.supplementaryGroups = ["daemon", group]
          }))
    }
    #expect(
      try start("/bin/sh user=nobody group=root", "/bin/sh") {
        $0.user = "nobody"
        $0.rights.supplementaryGroups = ["0"]
      }.get() == ["/bin/sh"])
  }

  @Test("a number with a zero before it does not bring a group that the user does not have")
  func paddedNumber() throws {
    // Such a text is in no file of accounts, so its group would be of the same number: games has group 60, user 5.
    #expect(isRefused(try start("/bin/sh user=games", "/bin/sh") { $0.user = "05" }))
    #expect(try start("/bin/sh user=games", "/bin/sh") { $0.user = "5" }.get() == ["/bin/sh"])
  }

  @Test("a command that looks at a process needs permission as the process does")
  func looks() throws {
    let list = "/bin/sh user=*"
    let looked = try start(list, "/bin/sh") { $0.health.readiness = .init(.command(["/bin/true"])) }
    #expect(isRefused(looked))
    #expect(
      try start(list + "\n/bin/tru? user=*", "/bin/sh") { $0.health.liveness = .init(.command(["true"])) }.get()
        == ["/bin/sh"])
    var process = ProcessConfiguration(name: try ProcessName("web"), executable: "/bin/sh")
    process.workingFolder = "/"
    let launch = try #require(
      NodeConfiguration(environment: [:], processes: [process]).launch(of: process.name))
    let preparation = StartPreparation(folders: scratch.folders)
    preparation.allowList = try AllowList(
      text: "/bin/sh user=* folder=/\n/bin/true user=* folder=/", file: "list")
    let look = try preparation.look(["true", "x"], at: launch, number: 1, node: NodeName("n1"))
    #expect(look.executables == ["/bin/true"] && look.arguments == ["true", "x"])
    #expect(throws: StartFailure.self) {
      try preparation.look(["/bin/false"], at: launch, number: 1, node: NodeName("n1"))
    }
  }

  @Test("a PATH without a folder, and more arguments than the kernel takes, are said to be the cause")
  func impossible() throws {
    func reason(_ change: (inout ProcessConfiguration) -> Void) throws -> String {
      guard case .failure(let failure) = try start("/bin/sh user=* env=PATH", "sh", change) else {
        return "started"
      }
      return failure.description
    }
    for path in ["", ":", "::"] {
      #expect(
        try reason { $0.environment = ["PATH": path] }
          == "cannot find the program `sh`: the variable PATH of the process names no folder")
    }
    #expect(
      try reason { $0.arguments = [String(repeating: "x", count: 7 << 20)] }.contains(
        "at most 6291456 are possible"))
  }

  @Test("a command that is permitted is run whatever becomes of the others")
  func others() throws {
    var process = ProcessConfiguration(name: try ProcessName("web"), executable: "/bin/sh")
    process.health.liveness = .init(.command(["/bin/false"]))
    process.onIsolation = .command
    process.isolationCommand = ["/bin/true"]
    let launch = try #require(
      NodeConfiguration(environment: [:], processes: [process]).launch(of: process.name))
    let preparation = StartPreparation(folders: scratch.folders)
    preparation.allowList = try AllowList(text: "/bin/sh user=*\n/bin/true user=*", file: "list")
    let fence = try preparation.look(["/bin/true"], at: launch, number: 0, node: NodeName("n1"))
    #expect(fence.executables == ["/bin/true"])
    #expect(throws: StartFailure.self) { try preparation.start(launch, number: 1, node: NodeName("n1")) }
  }

  @Test("what is refused changes nothing on the disk")
  func untouched() throws {
    #expect(isRefused(try start("/bin/true user=*", "/bin/sh") { $0.user = "nobody" }))
    #expect(try scratch.folders.node.status("web") == nil)
  }
}
