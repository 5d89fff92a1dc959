import GroupProtocol
import Model

extension World {
  /// The agent wants a stream to the leader.
  mutating func connect(_ agent: Int, _ link: LinkID) {
    let stream = network.stream(
      agent: agent, agentLife: agents[agent].life, link: link, leaderLife: leaderLife)
    agenda.plan(.opens(stream), after: generator.milliseconds(1...30))
  }

  mutating func open(_ stream: Stream) throws {
    guard agents[stream.agent].life == stream.agentLife, agents[stream.agent].core != nil else { return }
    guard leader != nil, stream.leaderLife == leaderLife, !network.isolated.contains(stream.agent) else {
      return try tellAgent(
        stream.agent, life: stream.agentLife, .closed(stream.link, reason: "nobody answers"))
    }
    network.opened(stream)
    try tellLeader(.connected(stream.session))
    try tellAgent(stream.agent, life: stream.agentLife, .opened(stream.link))
  }

  /// The stream is dead. Its ends hear of it sooner or later, or never.
  mutating func breakStream(_ stream: Stream) {
    network.close(stream)
    if isCalm || generator.happens(perMille: 800) {
      agenda.plan(.leaderHearsOfEnd(stream), after: generator.milliseconds(0...500))
    }
    if isCalm || generator.happens(perMille: 800) {
      agenda.plan(.agentHearsOfEnd(stream), after: generator.milliseconds(0...500))
    }
  }

  mutating func send(_ messages: [AgentMessage], from agent: Int, _ link: LinkID) throws {
    let life = agents[agent].life
    let incarnation = agents[agent].record.incarnation
    for message in messages {
      try observe(.agentSaid(agents[agent].name, incarnation: incarnation, message))
    }
    guard let stream = network.stream(agent: agent, life: life, link: link) else { return }
    for message in messages {
      let arrivals = network.arrivals(on: stream, isForLeader: true, at: now, options, &generator)
      for arrival in arrivals {
        agenda.plan(.arrivesAtLeader(stream, message), after: arrival - now)
      }
    }
  }
}
