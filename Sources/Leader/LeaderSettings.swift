public import GroupProtocol
public import MakeWrapper
public import Model
public import Transport
public import WriteAheadLog

/// What a leader is told when it starts.
public struct LeaderSettings: Sendable {
  /// The leader's own: lock, log, snapshots, installed policies. One process uses it at a time.
  public var stateFolder: String
  /// ROOT, the copy of the tree in which make works; the leader owns all of it.
  public var root: String
  public var addresses: [Address]
  /// Asked for on TCP; made where it is absent.
  public var tokenFile: String?
  public var timing = Timing.standard
  /// Activated where the log has no policy yet.
  public var policy: Bundle?
  /// GNU make 4.3 or newer.
  public var make = "/usr/bin/make"
  public var makeLimits = MakeLimits()
  /// What is wrong with a file that a rule made whole, beyond XML's own rules; nil where nothing is. A node's
  /// configuration must fit its schema, say, before it is sent.
  public var validate: @Sendable (TreePath, Content) -> String? = { _, _ in nil }
  /// A snapshot is taken when this much was logged since the last one.
  public var snapshotLimitBytes = 4 << 20
  public var log = LogSettings()
  public var transport = TransportLimits.standard

  /// - Parameter root: `tree` in the state folder where it is nil.
  public init(stateFolder: String, root: String? = nil, addresses: [Address], tokenFile: String? = nil) {
    self.stateFolder = stateFolder
    self.root = root ?? "\(stateFolder)/tree"
    self.addresses = addresses
    self.tokenFile = tokenFile
  }
}
