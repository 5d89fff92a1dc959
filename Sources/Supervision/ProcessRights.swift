import Model

/// What a process may do beside its user's rights, and how much.
public struct ProcessRights: Equatable, Sendable {
  /// A limit of setrlimit(2), by its name without `RLIMIT_`.
  public enum Limit: String, Hashable, Comparable, Sendable, CaseIterable {
    case addressSpace = "as"
    case core
    case processorTime = "cpu"
    case data
    case fileSize = "fsize"
    case lockedMemory = "memlock"
    case openFiles = "nofile"
    case processes = "nproc"
    case stack

    /// As in Linux's headers of x86 and ARM.
    public var number: UInt32 {
      switch self {
      case .processorTime: 0
      case .fileSize: 1
      case .data: 2
      case .stack: 3
      case .core: 4
      case .processes: 6
      case .openFiles: 7
      case .lockedMemory: 8
      case .addressSpace: 9
      }
    }

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
  }

  /// In the limit's own unit; ``infinity`` is none.
  public struct Bounds: Hashable, Sendable {
    public static let infinity = UInt64.max
    public let soft: UInt64
    public let hard: UInt64
    public init(soft: UInt64, hard: UInt64) {
      self.soft = soft
      self.hard = hard
    }
  }

  /// Names or numbers, beside the user's own groups.
  public var supplementaryGroups: [String] = []
  public var umask: UInt32 = 0o022
  /// From -20, the most favourable, to 19.
  public var nice: Int32 = 0
  /// No program that it executes may have more rights than it (prctl(2), PR_SET_NO_NEW_PRIVS).
  public var hasNoNewPrivileges = false
  public var limits = SortedMap<Limit, Bounds>()
  public var groupLimits = GroupLimits()

  public init() {}

  /// What differs from what holds without a word, for a digest.
  var digestFields: [String] {
    var fields: [String] = []
    if !supplementaryGroups.isEmpty { fields.append("groups \(supplementaryGroups.joined(separator: " "))") }
    if umask != 0o022 { fields.append("umask \(umask)") }
    if nice != 0 { fields.append("nice \(nice)") }
    if hasNoNewPrivileges { fields.append("no-new-privileges") }
    return fields + limits.map { "limit \($0.rawValue) \($1.soft) \($1.hard)" } + groupLimits.digestFields
  }
}

/// How much is kept of what a process writes to its standard output and error.
public struct LogSize: Hashable, Sendable {
  public static let standard = LogSize(bytes: 8 << 20, keep: 1)
  /// A file that would become larger is set aside.
  public let bytes: Int
  /// How many of those that were set aside are kept.
  public let keep: Int
  public init(bytes: Int, keep: Int) {
    self.bytes = bytes
    self.keep = keep
  }
}
