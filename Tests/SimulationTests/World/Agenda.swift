import GroupProtocol
import Model

/// What will happen, in the order of time; what was planned first comes first.
struct Agenda: Sendable {
  enum Event: Sendable {
    case unrest
    case leaderTick(life: Int)
    case logWritten(life: Int, through: LogIndex, isDurable: Bool)
    case roundEnds(life: Int, RoundRequest)
    case leaderStarts
    case arrivesAtLeader(Stream, AgentMessage)
    case arrivesAtAgent(Stream, LeaderMessage)
    case opens(Stream)
    case leaderHearsOfEnd(Stream)
    case agentHearsOfEnd(Stream)
    case agentStarts(Int)
    case toAgent(Int, life: Int, AgentInput)
    case timer(Int, life: Int)
    case writes(Int, life: Int, [Configuration.File])
    case processEnds(Int, ProcessName, pid: Int32)
    case partitionEnds(Int)
    case fence(Int, until: Instant)
  }

  struct Moment: Comparable {
    let time: Instant
    let number: UInt64
    static func < (left: Moment, right: Moment) -> Bool {
      left.time == right.time ? left.number < right.number : left.time < right.time
    }
  }

  private(set) var now = Instant.zero
  private var count: UInt64 = 0
  private var events = SortedMap<Moment, Event>()

  mutating func plan(_ event: Event, after delay: Duration) {
    count += 1
    events[Moment(time: now + max(delay, .zero), number: count)] = event
  }

  /// The next event, if it comes before `limit`; it is then that time.
  mutating func next(before limit: Instant) -> Event? {
    guard let moment = events.first?.key, moment.time < limit else {
      now = max(now, limit)
      return nil
    }
    let event = events[moment]
    events[moment] = nil
    now = moment.time
    return event
  }
}

/// A connection of an agent to the leader.
struct Stream: Hashable, Comparable, Sendable {
  let session: SessionID
  let agent: Int
  let agentLife: Int
  let link: LinkID
  let leaderLife: Int
  static func < (left: Stream, right: Stream) -> Bool { left.session < right.session }
}
