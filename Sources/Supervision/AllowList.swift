import Model

/// What the administrator of a node lets its agent start, whatever a leader asks for. A line permits an executable, and
/// as whom, where and with which variables it may be started; what no line permits is refused.
///
/// It compares what will be executed, after names were looked up: users and groups by their numbers, and paths as the
/// kernel is given them. It knows nothing of what stands under a path: dmake-allow(5) says what follows from that.
public struct AllowList: Equatable, Sendable {
  struct Line: Equatable, Sendable {
    let number: Int
    let executable: PathPattern
    let users: AllowedAccounts
    let groups: AllowedAccounts
    let folders: [PathPattern]
    let variables: [NamePattern]
  }

  /// A name of an account is looked up where it stands in the list, too: nil where there is no such account.
  public typealias Accounts = (AccountKind, String) -> UInt32?

  /// Each path is compared with each line, on the thread that looks after all processes.
  static let executableLimit = 256

  /// Where it was read.
  public let file: String
  let lines: [Line]

  /// How many permissions it has.
  public var count: Int { lines.count }

  /// The paths that may be tried, in their order, as they are to be executed. Throws why there is none.
  public func permit(_ asked: AskedStart, accounts: Accounts) throws(Refusal) -> [String] {
    guard let folder = PlainPath(asked.folder) else {
      throw Refusal("the folder \(Refusal.name(asked.folder)) is not permitted: \(Self.detour)")
    }
    guard asked.executables.count <= Self.executableLimit else {
      throw Refusal(
        "PATH has more than \(Self.executableLimit) folders, and `\(file)` is asked for each of them")
    }
    var permitted: [String] = []
    var nearest: Obstacle?
    for executable in asked.executables {
      guard let path = PlainPath(executable, in: folder) else { continue }
      for line in lines where line.executable.matches(path) {
        guard let obstacle = obstacle(in: line, asked, folder, path, accounts) else {
          permitted.append(path.text)
          break
        }
        if nearest.map({ $0.rank < obstacle.rank }) ?? true { nearest = obstacle }
      }
    }
    if permitted.isEmpty { throw refusal(asked, folder, nearest) }
    return permitted
  }

  private static let detour = "`..` in a path may lead elsewhere through a link; write the path without it"

  private func refusal(_ asked: AskedStart, _ folder: PlainPath, _ nearest: Obstacle?) -> Refusal {
    if let nearest {
      return Refusal(
        "\(Refusal.name(nearest.executable)) is not permitted \(nearest.what): line \(nearest.line) of `\(file)` \(nearest.rule)"
      )
    }
    let name = Refusal.name(asked.name)
    if asked.executables.count == 1, PlainPath(asked.executables[0], in: folder) == nil {
      return Refusal("the executable \(name) is not permitted: \(Self.detour)")
    }
    let place = asked.executables == [asked.name] ? "" : " at any place where it would be looked for"
    return Refusal("the executable \(name) is not permitted: no line of `\(file)` names it\(place)")
  }

  /// Why a line that names the executable does not permit the start.
  private struct Obstacle {
    /// How far the line went along: the line that came nearest is the one to look at.
    let rank: Int
    let executable: String
    let line: Int
    /// What was asked for.
    let what: String
    /// What the line says of it.
    let rule: String
  }

  private func obstacle(
    in line: Line, _ asked: AskedStart, _ folder: PlainPath, _ path: PlainPath, _ accounts: Accounts
  ) -> Obstacle? {
    func obstacle(_ rank: Int, _ what: String, _ rule: String) -> Obstacle {
      Obstacle(rank: rank, executable: path.text, line: line.number, what: what, rule: rule)
    }
    if !line.users.permits(asked.user.number, { accounts(.user, $0) }) {
      return obstacle(0, "as user \(Refusal.name(asked.user.name))", "permits \(line.users.text("user"))")
    }
    for group in asked.groups where !line.groups.permits(group.number, { accounts(.group, $0) }) {
      let name = Refusal.name(group.name)
      return obstacle(1, "with group \(name)", "permits \(line.groups.text("group")) beside the user's own")
    }
    if let own = PlainPath(asked.ownFolder), folder != own,
      !line.folders.contains(where: { $0.matches(folder) })
    {
      return obstacle(
        2, "in folder \(Refusal.name(folder.text))",
        line.folders.isEmpty ? "has no folder=" : "names others by folder=")
    }
    let refused = asked.variables.first { name in
      !line.variables.contains { $0.matches(Array(name.unicodeScalars)) }
    }
    if let refused {
      return obstacle(
        3, "with variable \(Refusal.name(refused))",
        line.variables.isEmpty ? "has no env=" : "names others by env=")
    }
    return nil
  }
}

public enum AccountKind: Sendable { case user, group }

/// A process as it would be started.
public struct AskedStart: Equatable, Sendable {
  public struct Account: Equatable, Sendable {
    public let number: UInt32
    /// As it was asked for.
    public let name: String
    public init(number: UInt32, name: String) {
      self.number = number
      self.name = name
    }
  }

  /// The executable as it was asked for.
  public var name: String
  /// The paths that would be tried, in this order; those that are not absolute are in ``folder``.
  public var executables: [String]
  public var user: Account
  /// Those that the user does not have by itself.
  public var groups: [Account]
  /// The working folder, and the process's own.
  public var folder: String
  public var ownFolder: String
  /// The names of the variables that were asked for.
  public var variables: [String]

  public init(
    name: String, executables: [String], user: Account, groups: [Account] = [], folder: String,
    ownFolder: String, variables: [String] = []
  ) {
    self.name = name
    self.executables = executables
    self.user = user
    self.groups = groups
    self.folder = folder
    self.ownFolder = ownFolder
    self.variables = variables
  }
}

/// Accounts that a line permits.
struct AllowedAccounts: Equatable, Sendable {
  /// `*`
  let areAll: Bool
  /// Names or numbers.
  let names: [String]

  static let none = AllowedAccounts(areAll: false, names: [])

  /// By the numbers, since a name may be written in several ways: to the kernel `0`, `00` and `root` are one user.
  func permits(_ number: UInt32, _ lookUp: (String) -> UInt32?) -> Bool {
    areAll || names.contains { lookUp($0) == number }
  }

  func text(_ key: String) -> String { names.isEmpty ? "no \(key)" : "\(key)=\(names.joined(separator: ","))" }
}

/// Why a node does not start what its leader asks for.
public struct Refusal: Error, Equatable, Sendable, CustomStringConvertible {
  public let description: String
  init(_ description: String) { self.description = description }

  private static let lengthLimit = 200

  /// What a leader asked for, as it is told: a long text would hide what is said about it.
  static func name(_ text: String) -> String {
    text.unicodeScalars.count <= lengthLimit
      ? "`\(text)`" : "`\(String(String.UnicodeScalarView(text.unicodeScalars.prefix(lengthLimit))))…`"
  }
}
