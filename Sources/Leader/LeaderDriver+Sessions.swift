import GroupProtocol
import Model
import Transport

extension LeaderDriver: GroupDelegate {
  func connected(_ session: AgentSession) { connect(session) }

  func connect(_ link: some AgentLink) {
    links[link.id] = link
    step(.connected(link.id))
  }

  func received(_ messages: [AgentMessage], from session: SessionID) async {
    await admission()
    // While this batch waited its stream may have ended, and the core has forgotten it.
    if !isStopping, links[session] != nil { step(.received(session, messages)) }
  }

  func disconnected(_ session: SessionID) {
    links[session] = nil
    step(.disconnected(session))
  }
}
