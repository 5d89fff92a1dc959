import Model
import Supervision

/// Processes that are started for another configuration again and again (``Haste``).
extension AgentCore {
  /// From so many such starts in a row on the agent's log tells of it.
  static let hasteLimit = 3
  /// So many processes that are configured no more are remembered, for so long.
  static let rememberedHastes = 1024
  static let hasteMemory = Duration.seconds(600)

  func newMachine(_ name: ProcessName, at now: Instant) -> ProcessMachine {
    ProcessMachine(at: now, seed: settings.seed &+ Self.seed(of: name), haste: hastes[name] ?? Haste())
  }

  /// A rule may as well take a process out of the configuration and put it back.
  mutating func remember(_ haste: Haste, of name: ProcessName, at now: Instant) {
    hastes.removeAll { _, haste in haste.endedAt.map { now - $0 > Self.hasteMemory } ?? true }
    hastes[name] = hastes.count < Self.rememberedHastes ? haste : nil
  }

  func hasteNotes(_ name: ProcessName, _ count: Int, before: Int) -> [AgentEffect] {
    guard count == Self.hasteLimit, before < count else { return [] }
    return [
      note(
        .warning,
        "a process is started for another configuration again and again before it has run healthily; it waits longer each time",
        ["process": name.text])
    ]
  }
}
