import Model

/// What the passes of a round did, to see when they will never end.
///
/// With outside inputs fixed, a state that comes back brings back all that followed it. A state that never comes
/// back (a counter that feeds itself) is stopped by the limit instead.
struct PassHistory {
  /// Passes after which a round without a quarantine must have come to rest (dmakefile(5), Passes).
  static let limit = 16
  /// Passes of a round with all of its quarantines; time stamps have room for them.
  static let totalLimit = 60

  /// Rules that would run for ever.
  struct Endless: Equatable {
    let targets: SortedSet<String>
    /// Whether an earlier state came back.
    let isRepeating: Bool
  }

  private var states: [Digest]
  /// What ran on the way from each state to the next.
  private var runs: [[String]] = []

  init(start: Digest) { states = [start] }

  /// The rules that keep the round going, or nil while it may still come to rest.
  mutating func oscillation(after ran: [String], state: Digest, isLast: Bool) -> Endless? {
    // Rules that ran and changed nothing may make others run, which then come to rest.
    let repeated = states.lastIndex(of: state).flatMap { $0 == states.count - 1 ? nil : $0 }
    states.append(state)
    runs.append(ran)
    if let repeated {
      defer { self = PassHistory(start: state) }
      return Endless(targets: runs[repeated...].reduce(into: []) { $0.formUnion($1) }, isRepeating: true)
    }
    guard runs.count >= Self.limit || isLast else { return nil }
    defer { self = PassHistory(start: state) }
    // Half of the passes, so that slow chains that came to rest early do not count.
    let recent = runs.suffix(Self.limit / 2)
    var counts: [String: Int] = [:]
    for target in recent.joined() { counts[target, default: 0] += 1 }
    return Endless(targets: SortedSet(counts.filter { $0.value > 1 }.keys), isRepeating: false)
  }
}
