import Glibc
public import Linux
public import Model

/// What an operator sets for an agent.
public struct AgentSettings: Sendable {
  /// Nil: the host name. A file `name` in the state folder goes before either.
  public var name: NodeName?
  public var stateFolder: String
  /// Addresses of leaders in the order in which they are tried.
  public var leaders: [String]
  public var version: String
  /// What is executed as the agent's keeper; nil: the agent's own program.
  public var keeperProgram: String?
  /// What the administrator permits here; nil: everything.
  public var allowList: AllowListFile?
  /// Where the processes' control groups are made.
  public var controlGroups = ControlGroupFolder.Choice.automatic
  /// Told that the agent is ready and works.
  public var serviceManager: ServiceManager?
  /// How often the machine's state is read.
  public var machinePeriod = Duration.seconds(2)
  /// GNU make 4.3 or newer, for `[local]` rules; nothing else asks for it.
  public var make = "/usr/bin/make"

  /// In the state folder: a name written there while the agent runs takes effect on SIGHUP, and stays.
  public static let nameFile = "name"
  static let nameFileLimitBytes = 4096

  public init(name: NodeName?, stateFolder: String, leaders: [String], version: String) {
    self.name = name
    self.stateFolder = stateFolder
    self.leaders = leaders
    self.version = version
  }

  /// The node's name as it should be now.
  func currentName(in folder: Directory) throws(AgentError) -> NodeName {
    do {
      if let bytes = try folder.readIfPresent(Self.nameFile, limitBytes: Self.nameFileLimitBytes) {
        let text = String(decoding: bytes, as: UTF8.self)
        return try NodeName(text.hasSuffix("\n") ? String(text.dropLast()) : text)
      }
      return try name ?? NodeName(Self.hostName())
    } catch let error as SystemError {
      throw AgentError(.stateFolder, error.description)
    } catch {
      throw AgentError(.name, "\(error); choose another with `--name` or in \(folder.path)/\(Self.nameFile)")
    }
  }

  private static func hostName() -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard gethostname(&buffer, buffer.count - 1) == 0 else { return "" }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

/// Why an agent cannot start.
public struct AgentError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Kind: Sendable {
    case name
    /// The allow-list makes no sense or is missing.
    case allowList
    /// The folder cannot be used: full, damaged, or in use by another agent.
    case stateFolder
    /// The folder for control groups cannot be used.
    case controlGroups
    /// This user has no rights on the folder, or others have rights on the allow-list.
    case notAllowed
    /// The system gives no descriptors or threads.
    case system
    /// The leader will not have it.
    case refused
    /// Processes could not be stopped.
    case abandoned
  }

  public let kind: Kind
  public let description: String

  init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}
