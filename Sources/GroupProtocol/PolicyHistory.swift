import Model

/// The policies that were active, oldest first. The last one is the active one.
public struct PolicyHistory: Equatable, Sendable {
  /// How many different bundles are kept whole for a roll-back.
  public static let bundleLimit = 10
  public static let recordLimit = 1000

  public struct Record: Hashable, Sendable {
    public let policy: Digest
    public let index: LogIndex
    public let time: WallTime
    public let author: String
    public init(policy: Digest, index: LogIndex, time: WallTime, author: String) {
      self.policy = policy
      self.index = index
      self.time = time
      self.author = author
    }
  }

  public private(set) var records: [Record]
  public private(set) var bundles: SortedMap<Digest, Bundle>

  public init(records: [Record] = [], bundles: SortedMap<Digest, Bundle> = [:]) {
    self.records = records
    self.bundles = bundles
  }

  public var active: Digest? { records.last?.policy }
  /// The position at which the active policy became so.
  var activatedAt: LogIndex { records.last?.index ?? 0 }
  public var activeBundle: Bundle? { active.flatMap { bundles[$0] } }

  /// The last policy before the active one that differs from it and is still kept whole.
  public var previous: Digest? { records.last { $0.policy != active && bundles.contains($0.policy) }?.policy }

  mutating func activate(_ activation: Activation, at index: LogIndex) {
    let digest = activation.bundle.digest
    records.append(Record(policy: digest, index: index, time: activation.time, author: activation.author))
    bundles[digest] = activation.bundle
    if records.count > Self.recordLimit { records.removeFirst(records.count - Self.recordLimit) }
    var kept = SortedSet<Digest>()
    for record in records.reversed() where kept.count < Self.bundleLimit { kept.insert(record.policy) }
    bundles.removeAll { digest, _ in !kept.contains(digest) }
  }

  /// Newest first, for `dmake apply --history`.
  public var listing: [PolicyRecord] {
    records.enumerated().reversed().map { position, record in
      PolicyRecord(
        policy: record.policy, index: record.index, time: record.time, author: record.author,
        isActive: position == records.count - 1)
    }
  }
}
