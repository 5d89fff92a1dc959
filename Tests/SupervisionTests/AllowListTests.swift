import Testing

@testable import Supervision

@Suite("The allow-list of a node")
struct AllowListTests {
  private static let text = """
    # The tier.
    /usr/sbin/haproxy   user=haproxy group=ssl,adm folder=/srv/haproxy/** env=LANG,APP_*
    /opt/app/bin/*      user=app,1001
    \t/opt/tools/**/run\tuser=*  group=*

    /usr/sbin/haproxy   user=haproxy folder=/,/etc
    /opt/x?y            user=app
    """

  private static let users = ["root": UInt32(0), "haproxy": 105, "app": 1000, "proxy": 105]
  private static let groups = ["root": UInt32(0), "ssl": 20, "adm": 4, "wheel": 10]

  /// As an agent looks accounts up: names, else numbers.
  private static func number(_ kind: AccountKind, _ name: String) -> UInt32? {
    (kind == .user ? users : groups)[name] ?? UInt32(name)
  }

  private func asked(
    _ executables: String..., user: UInt32 = 105, groups: [UInt32] = [],
    folder: String = "/var/lib/dmake/node/web",
    variables: [String] = []
  ) -> AskedStart {
    AskedStart(
      name: executables.count == 1 ? executables[0] : "name", executables: executables,
      user: .init(number: user, name: "U"), groups: groups.map { .init(number: $0, name: "G\($0)") },
      folder: folder, ownFolder: "/var/lib/dmake/node/web", variables: variables)
  }

  private func answer(_ asked: AskedStart, _ text: String = text) throws -> Result<[String], Refusal> {
    let list = try AllowList(text: text, file: "/etc/dmake/allow")
    return Result { () throws(Refusal) in try list.permit(asked, accounts: Self.number) }
  }

  private func refusal(_ asked: AskedStart, _ text: String = text) throws -> String {
    switch try answer(asked, text) {
    case .success(let paths): "permitted \(paths)"
    case .failure(let refusal): refusal.description
    }
  }

  @Test("a line permits its executable for its users, groups, folders and variables, and no other's")
  func lines() throws {
    let haproxy = "/usr/sbin/haproxy"
    #expect(try answer(asked(haproxy)) == .success([haproxy]))
    #expect(
      try answer(asked(haproxy, groups: [20, 4], folder: "/srv/haproxy/a/b", variables: ["LANG", "APP_X"]))
        == .success([haproxy]))
    #expect(try answer(asked(haproxy, folder: "/srv/haproxy")) == .success([haproxy]))
    #expect(try answer(asked(haproxy, folder: "/")) == .success([haproxy]))
    #expect(try answer(asked("/opt/app/bin/x", user: 1001)) == .success(["/opt/app/bin/x"]))
    #expect(try answer(asked("/opt/tools/run", user: 0, groups: [0, 10])) == .success(["/opt/tools/run"]))
    #expect(try answer(asked("/opt/tools/a/b/run", user: 7)) == .success(["/opt/tools/a/b/run"]))
    #expect(try answer(asked("/opt/x y", user: 1000)) == .success(["/opt/x y"]))
  }

  @Test("a refusal names what was asked for, and the line that came nearest to it")
  func refusals() throws {
    let haproxy = "/usr/sbin/haproxy"
    let file = "of `/etc/dmake/allow`"
    #expect(
      try refusal(asked("/bin/sh")) == "the executable `/bin/sh` is not permitted: no line \(file) names it")
    #expect(
      try refusal(asked(haproxy, user: 0))
        == "`\(haproxy)` is not permitted as user `U`: line 2 \(file) permits user=haproxy")
    #expect(
      try refusal(asked(haproxy, groups: [20, 10]))
        == "`\(haproxy)` is not permitted with group `G10`: line 2 \(file) permits group=ssl,adm beside the user's own"
    )
    #expect(
      try refusal(asked("/opt/app/bin/x", user: 1000, groups: [10]))
        == "`/opt/app/bin/x` is not permitted with group `G10`: line 3 \(file) permits no group beside the user's own"
    )
    #expect(
      try refusal(asked(haproxy, folder: "/home"))
        == "`\(haproxy)` is not permitted in folder `/home`: line 2 \(file) names others by folder=")
    // Line 6 permits the folder, but no variable: it came nearer than line 2.
    #expect(
      try refusal(asked(haproxy, folder: "/etc", variables: ["LD_PRELOAD"]))
        == "`\(haproxy)` is not permitted with variable `LD_PRELOAD`: line 6 \(file) has no env=")
    #expect(
      try refusal(asked(haproxy, variables: ["LANG", "LD_PRELOAD"]))
        == "`\(haproxy)` is not permitted with variable `LD_PRELOAD`: line 2 \(file) names others by env=")
    #expect(try refusal(asked("/opt/app/bin/x", user: 1000, folder: "/etc")).hasSuffix("has no folder="))
    #expect(try refusal(asked("/a"), "").hasPrefix("the executable `/a` is not permitted"))
    let long = try refusal(asked("/" + String(repeating: "x", count: 10_000)))
    #expect(long.utf8.count < 400, "\(long)")
  }

  @Test("of the places where a name is looked for, only those that are permitted are tried")
  func path() throws {
    #expect(
      try answer(asked("/usr/local/bin/haproxy", "/tmp/haproxy", "/usr/sbin/haproxy"))
        == .success(["/usr/sbin/haproxy"]))
    #expect(
      try refusal(asked("/usr/bin/x", "./x", "../x"))
        == "the executable `name` is not permitted: no line of `/etc/dmake/allow` names it at any place where it would be looked for"
    )
    var many = asked("/bin/x")
    many.executables = (0...256).map { "/\($0)/x" }
    #expect(
      try refusal(many) == "PATH has more than 256 folders, and `/etc/dmake/allow` is asked for each of them")
  }

  @Test("a path that is not absolute begins in the working folder, and is executed as what was compared")
  func relative() throws {
    let folder = "/opt/app/bin"
    let text = "/opt/app/bin/* user=app folder=/opt/**"
    #expect(try answer(asked("./x", user: 1000, folder: folder), text) == .success(["/opt/app/bin/x"]))
    #expect(
      try answer(asked("x", user: 1000, folder: "/opt//app/./bin/"), text) == .success(["/opt/app/bin/x"]))
    #expect(try answer(asked("//opt/./app/bin/x/", user: 1000), text) == .success(["/opt/app/bin/x"]))
  }

  /// Paths that a careless comparison would take for `/opt/app/bin/…`, or for what the pattern names.
  static let hostilePaths = [
    "/opt/app/bin/../../../bin/sh", "/opt/app/bin/..", "/opt/app/bin/a/b", "/opt/app/bin", "/opt/app/bin/",
    "/opt/app/binx", "/x/opt/app/bin/x", "opt/app/bin/x", "/opt/app/bin/x/../../../../bin/sh", "", "/", ".",
    "..",
    "/opt/app\u{301}/bin/x", "/opt/app/\u{301}bin/x", "/opt/\u{301}app/bin/x", "/OPT/app/bin/x",
    " /opt/app/bin/x",
    "/opt/app/bin/./../../sh", "/opt/app\\/bin/x",
  ]

  @Test("paths that only look like a permitted one are refused", arguments: hostilePaths)
  func hostile(path: String) throws {
    #expect(throws: Refusal.self) { try answer(asked(path, user: 1000), "/opt/app/bin/* user=app").get() }
    if path != "/opt/app/bin", path != "/opt/app/bin/" {
      #expect(throws: Refusal.self) {
        try answer(asked("/a", user: 1000, folder: path), "/a user=app folder=/opt/app/bin,/opt/app/bin/x")
          .get()
      }
    }
  }

  @Test("names are compared by their scalars: what Swift takes for the same text is another file")
  func scalars() throws {
    let text = "/opt/caf\u{e9} user=app"
    #expect(try answer(asked("/opt/caf\u{e9}", user: 1000), text) == .success(["/opt/caf\u{e9}"]))
    #expect(throws: Refusal.self) { try answer(asked("/opt/cafe\u{301}", user: 1000), text).get() }
    #expect(throws: Refusal.self) { try answer(asked("/opt/x\r\ny", user: 1000), "/opt/x?y user=app").get() }
  }

  @Test("users and groups are compared by their numbers, however they are written")
  func accounts() throws {
    // Another name of the same user is the same user.
    #expect(try answer(asked("/a", user: 105), "/a user=proxy") == .success(["/a"]))
    #expect(throws: Refusal.self) { try answer(asked("/a", user: 0), "/a user=app,nobody-knows-me").get() }
    #expect(throws: Refusal.self) { try answer(asked("/a", user: 0, groups: [0]), "/a user=0").get() }
    #expect(try answer(asked("/a", user: 0, groups: [0]), "/a user=0 group=root") == .success(["/a"]))
  }

  @Test("many stars do not take long")
  func stars() throws {
    let pattern = String(repeating: "*a", count: 400) + "/" + String(repeating: "**/", count: 400) + "b"
    let path = "/" + String(repeating: "a", count: 3000) + "/" + String(repeating: "a/", count: 3000) + "c"
    #expect(throws: Refusal.self) { try answer(asked(path, user: 1000), "/\(pattern) user=app").get() }
  }

  static let badLines = [
    ("bin/sh user=app", "the path `bin/sh` does not begin with `/`"),
    ("/bin/../sh user=app", "has an empty part, `.` or `..`"), ("/bin//sh user=app", "has an empty part"),
    ("/bin/ user=app", "has an empty part"), ("/bin/a** user=app", "it stands alone between slashes"),
    ("/bin/[ab] user=app", "only `*`, `?` and `**` are patterns"), ("/bin/sh", "no `user=` says who"),
    ("/bin/sh user=", "has an empty name"), ("/bin/sh user=a,,b", "has an empty name"),
    ("/bin/sh user=a user=b", "`user=` stands there twice"), ("/bin/sh user=a x", "`x` is neither user="),
    ("/bin/sh user=a gruop=b", "`gruop=b` is neither user="),
    ("/bin/sh user=a*", "users and groups have no patterns"),
    ("/bin/sh user=a folder=srv", "the path `srv` does not begin"), ("/bin/sh user=a\r", "(U+d)"),
    ("/bin/sh user=a\u{0}", "(U+0)"), ("user=a", "does not begin with `/`"),
  ]

  @Test("a line that makes no sense is told with its place and what to do", arguments: badLines)
  func bad(line: String, problem: String) throws {
    do {
      _ = try AllowList(text: "# One.\n\n\(line)\n", file: "F")
      Issue.record("it was taken")
    } catch {
      #expect(error.description.hasPrefix("F:3: "))
      #expect(error.description.contains(problem), "\(error)")
    }
  }
}
