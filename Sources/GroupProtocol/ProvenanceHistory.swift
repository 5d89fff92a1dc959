import Model

/// Why values became what they are, for a set time back: what `dmake status --why VALUE --at INDEX` asks.
///
/// Of each value the newest record stays as long as the value does. One that another has taken the place of stays
/// for a number of ticks from then on, so that from ``since`` on every question has its answer. All that goes
/// stands in one queue in the order in which it goes: a tick costs what goes, not what exists.
public struct ProvenanceHistory: Equatable, Sendable {
  /// A value as it was from an entry of the log on.
  public struct Record: Equatable, Sendable {
    /// The position of the entry, the result of a round as a rule.
    public let index: LogIndex
    public let tick: Tick
    public let time: WallTime
    /// Nil where the value went: its rule or its node is no more.
    public let provenance: Provenance?
    public init(index: LogIndex, tick: Tick, time: WallTime, provenance: Provenance?) {
      self.index = index
      self.tick = tick
      self.time = time
      self.provenance = provenance
    }
  }

  /// A record that took the place of an older one, and when.
  private struct Succession: Comparable, Sendable {
    let tick: Tick
    let index: LogIndex
    let value: ValueReference
    static func < (left: Self, right: Self) -> Bool {
      (left.tick, left.index, left.value) < (right.tick, right.index, right.value)
    }
  }

  /// How many records are kept beside the newest of each value, and about how many bytes of them.
  public static let countLimit = 100_000
  public static let bytesLimit = 64 << 20

  /// By value, the newest first; none of the lists is empty.
  public private(set) var records = SortedMap<ValueReference, [Record]>()
  /// From this position on nothing is missing.
  public private(set) var since: LogIndex = 0
  private var successions = SortedSet<Succession>()
  /// The size of what has a successor.
  private var bytes = 0

  public init() {}

  /// A history that was stored. Entries of `records` are by value, the newest first.
  public init(since: LogIndex, records: SortedMap<ValueReference, [Record]>) {
    self.since = since
    self.records = records.filter { !$1.isEmpty }
    var successions: [Succession] = []
    for (value, list) in self.records {
      for (newer, older) in zip(list, list.dropFirst()) {
        successions.append(Succession(tick: newer.tick, index: newer.index, value: value))
        bytes += older.size
      }
    }
    self.successions = SortedSet(successions)
  }

  /// What was known of the value at `index`, or nil where there is nothing; then, and only before ``since``, it may
  /// be that it was forgotten.
  public func record(of value: ValueReference, at index: LogIndex) -> Record? {
    records[value]?.first { $0.index <= index }
  }

  /// The file's own value and those of its tags that have records, in order.
  public func values(in path: TreePath) -> [ValueReference] {
    var values: [ValueReference] = []
    for (value, _) in records.entries(from: ValueReference(path)) {
      if value.path != path { break }
      values.append(value)
    }
    return values
  }

  /// Notes what a round made, or that a value went. Of two records of one entry the later one counts.
  mutating func add(_ record: Record, of value: ValueReference) {
    guard let newest = records[value]?.first else {
      // What never had a rule's value does not go.
      if record.provenance != nil { records[value] = [record] }
      return
    }
    if newest.index == record.index {
      let isGone = record.provenance == nil && records[value]?.count == 1
      if isGone { records[value] = nil } else { records[value, default: []][0] = record }
      return
    }
    records[value, default: []].insert(record, at: 0)
    bytes += newest.size
    successions.insert(Succession(tick: record.tick, index: record.index, value: value))
  }

  /// Notes that a file went, with all values in it.
  mutating func remove(_ path: TreePath, at index: LogIndex, tick: Tick, time: WallTime) {
    for value in values(in: path) where records[value]?.first?.provenance != nil {
      add(Record(index: index, tick: tick, time: time, provenance: nil), of: value)
    }
  }

  /// Forgets what had a successor at `tick` already (nothing for its age where that is nil), and the oldest of what
  /// is beyond the limits.
  mutating func forget(
    before tick: Tick?, countLimit: Int = Self.countLimit, bytesLimit: Int = Self.bytesLimit
  ) {
    while let oldest = successions.first {
      let isOld = tick.map { oldest.tick <= $0 } ?? false
      guard isOld || successions.count > countLimit || bytes > bytesLimit else { break }
      successions.remove(oldest)
      since = max(since, oldest.index)
      guard let list = records[oldest.value], let place = list.firstIndex(where: { $0.index == oldest.index })
      else { continue }
      bytes -= list[(place + 1)...].reduce(0) { $0 + $1.size }
      let isGone = place == 0 && list[0].provenance == nil
      records[oldest.value] = isGone ? nil : Array(list[...place])
    }
  }
}

extension ProvenanceHistory.Record {
  /// About how many bytes of memory it holds.
  fileprivate var size: Int {
    guard let provenance else { return 64 }
    let texts =
      [provenance.old, provenance.new] + provenance.inputs.flatMap { [$0.reference, $0.old, $0.new] }
    return 256 + 64 * (texts.count + provenance.reasons.count) + texts.reduce(0) { $0 + ($1?.utf8.count ?? 0) }
  }
}
