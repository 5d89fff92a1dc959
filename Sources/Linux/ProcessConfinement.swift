/// What a process may do beside its user's rights.
public struct Confinement: Hashable, Sendable {
  /// A limit of getrlimit(2).
  public struct Limit: Hashable, Sendable {
    /// RLIMIT_…
    public let resource: UInt32
    public let soft: UInt64
    public let hard: UInt64
    public init(resource: UInt32, soft: UInt64, hard: UInt64) {
      self.resource = resource
      self.soft = soft
      self.hard = hard
    }
  }

  public var umask: UInt32 = 0o022
  /// From -20, the most favourable, to 19.
  public var nice: Int32 = 0
  /// prctl(2), PR_SET_NO_NEW_PRIVS: no program that it executes has more rights than it.
  public var hasNoNewPrivileges = false
  public var limits: [Limit] = []

  public init() {}
}
