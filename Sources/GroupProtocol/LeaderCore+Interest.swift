import Model

extension LeaderCore {
  /// What an agent was told to send, level and not edge: it is told again until it says that it goes by it.
  struct TellingInterest: Equatable, Sendable {
    let digest: Digest
    let tick: Tick
    var isConfirmed: Bool
  }

  /// Tells an admitted agent what the policy reads of its node, unless it knows or was told.
  mutating func tellInterest(_ id: SessionID) -> [LeaderEffect] {
    guard let session = sessions[id], session.isAdmitted, let node = session.hello?.node else { return [] }
    let part = state.interest.part(of: node)
    if session.interest?.digest == part.digest { return [] }
    sessions[id]?.interest = TellingInterest(digest: part.digest, tick: state.tick, isConfirmed: false)
    return [.send(id, [.interest(part)])]
  }

  /// The same after ``resendTicks`` without the agent's word.
  mutating func tellInterestAgain(_ id: SessionID) -> [LeaderEffect] {
    guard let told = sessions[id]?.interest, !told.isConfirmed, told.tick + Self.resendTicks <= state.tick
    else { return [] }
    sessions[id]?.interest = nil
    return tellInterest(id)
  }

  /// An agent that goes by another interest took an older one that came late, so it is told again.
  mutating func noteInterest(_ digest: Digest, from id: SessionID) {
    guard let told = sessions[id]?.interest else { return }
    sessions[id]?.interest?.isConfirmed = told.digest == digest
  }
}
