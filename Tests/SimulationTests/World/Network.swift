import GroupProtocol
import Model

/// Streams between agents and the leader. Each message has its own fate: it may be lost, doubled, or so late that
/// others overtake it, even within a stream, which is more than TCP would do.
struct Network: Sendable {
  private(set) var open = SortedMap<SessionID, Stream>()
  private(set) var isolated = SortedSet<Int>()
  private var sessions: UInt64 = 0
  private var lastArrivals = SortedMap<Direction, Instant>()
  /// Faults have stopped.
  var isCalm = false

  mutating func stream(agent: Int, agentLife: Int, link: LinkID, leaderLife: Int) -> Stream {
    sessions += 1
    return Stream(
      session: SessionID(sessions), agent: agent, agentLife: agentLife, link: link, leaderLife: leaderLife)
  }

  mutating func opened(_ stream: Stream) { open[stream.session] = stream }

  /// The stream of an agent's link.
  func stream(agent: Int, life: Int, link: LinkID) -> Stream? {
    open.values.last { $0.agent == agent && $0.agentLife == life && $0.link == link }
  }

  mutating func close(_ stream: Stream) { open[stream.session] = nil }

  mutating func isolate(_ agent: Int) { isolated.insert(agent) }
  mutating func rejoin(_ agent: Int) { isolated.remove(agent) }

  /// When the copies of a message arrive; never, if it is lost. In the usual case messages keep their order.
  mutating func arrivals(
    on stream: Stream, isForLeader: Bool, at now: Instant, _ options: SimulationOptions,
    _ generator: inout Generator
  ) -> [Instant] {
    let isLost = isolated.contains(stream.agent) || generator.happens(perMille: options.lostPerMille)
    if isLost, !isCalm { return [] }
    let copies = generator.happens(perMille: options.doubledPerMille) ? 2 : 1
    return (0..<copies).map { _ in
      if !isCalm, generator.happens(perMille: options.latePerMille) {
        return now + generator.milliseconds(0...8000)
      }
      let direction = Direction(session: stream.session, isForLeader: isForLeader)
      let arrival = max(lastArrivals[direction] ?? .zero, now + generator.milliseconds(1...20))
      lastArrivals[direction] = arrival
      return arrival
    }
  }

  private struct Direction: Comparable {
    let session: SessionID
    let isForLeader: Bool
    static func < (left: Direction, right: Direction) -> Bool {
      left.session == right.session ? !left.isForLeader && right.isForLeader : left.session < right.session
    }
  }
}
