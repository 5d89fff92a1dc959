import GroupProtocol
import Model

extension AgentBoot {
  /// What an agent begins with whose keeper has nothing.
  init(_ record: AgentRecord, _ holdings: SortedMap<NodeFile, Content> = [:]) {
    self.init(
      record: record, holdings: holdings,
      clock: ClockReading(boot: "b1", wall: WallTime(milliseconds: 0), at: .zero))
  }
}
