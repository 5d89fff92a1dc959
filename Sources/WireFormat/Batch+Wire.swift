public import GroupProtocol

/// What goes through a stream: messages that waited together travel together.
extension WireAgentBatch {
  public init(_ messages: [AgentMessage]) { self.messages = messages.map(\.wire) }

  public func values() throws(WireError) -> [AgentMessage] {
    try AgentMessage.readList(messages, "messages", limit: WireLimit.batchMessages)
  }
}

extension WireLeaderBatch {
  public init(_ messages: [LeaderMessage]) { self.messages = messages.map(\.wire) }

  public func values() throws(WireError) -> [LeaderMessage] {
    try LeaderMessage.readList(messages, "messages", limit: WireLimit.batchMessages)
  }
}
