import GroupProtocol
import NIOCore
import Synchronization

/// What a server has open, so that it can end in good order: sessions are closed after what was sent to them, and
/// connections that are still there a little later are cut.
///
/// Cancelling gRPC's server would be simpler, and stop the process now and then: whatever it has accepted and not
/// yet looked at is dropped, and SwiftNIO takes a dropped asynchronous channel for a programmer's mistake as long as
/// its connection is open.
final class OpenConnections: Sendable {
  private struct State {
    var sessions = [SessionID: AgentSession]()
    var channels = [ObjectIdentifier: any Channel]()
    var isEnding = false
  }

  private let state = Mutex(State())

  func insert(_ session: AgentSession) {
    let isEnding = state.withLock { state in
      state.sessions[session.id] = session
      return state.isEnding
    }
    if isEnding { session.close() }
  }

  func remove(_ session: AgentSession) { state.withLock { $0.sessions[session.id] = nil } }

  /// Keeps `value`, what gRPC made of the channel, until the channel is closed.
  func insert(_ channel: any Channel, keeping value: some Sendable) {
    let id = ObjectIdentifier(channel)
    state.withLock { $0.channels[id] = channel }
    channel.closeFuture.whenComplete { _ in
      withExtendedLifetime(value) { self.state.withLock { $0.channels[id] = nil } }
    }
  }

  /// Ends each session after what was sent to it, and those that still come.
  func endSessions() {
    let sessions = state.withLock { state in
      state.isEnding = true
      return Array(state.sessions.values)
    }
    for session in sessions { session.close() }
  }

  func cut() {
    for channel in state.withLock({ Array($0.channels.values) }) { channel.close(promise: nil) }
  }
}
