import GroupProtocol
import Keeper
import Linux
import Logging
import Processes

extension AgentLoop {
  /// From then on a keeper knows of control groups.
  private static let firstKeeperVersion: UInt32 = 2

  /// Where the processes' control groups are made; nil where they have none, which is told. What they have, in words.
  static func controlGroups(
    _ settings: AgentSettings, _ record: AgentRecord, _ logger: Logger
  ) throws(AgentError) -> (folder: ControlGroupFolder?, words: String) {
    do throws(SystemError) {
      // The folder is the same one as long as the agent's state folder is.
      let folder = try ControlGroupFolder(
        settings.controlGroups, name: "dmake-\(record.node)-\(record.instance.prefix(8))")
      logger.info(
        "each process has a control group",
        metadata: [
          "folder": "\(folder.path)", "controllers": "\(folder.controllers.joined(separator: " "))",
        ])
      let controllers = folder.controllers.joined(separator: " ")
      return (folder, "control groups with \(controllers.isEmpty ? "no controllers" : controllers)")
    } catch {
      if case .folder = settings.controlGroups { throw AgentError(.controlGroups, error.description) }
      logger.info(
        "processes have no control groups: what leaves its session is told by its variables",
        metadata: ["reason": "\(error)"])
      return (nil, "no control groups: \(error)")
    }
  }

  /// A keeper of an earlier version starts processes without their groups.
  func noteKeeperVersion() {
    let isKnown = keeper.welcome.version >= Self.firstKeeperVersion
    preparation.controlGroups = isKnown ? controlGroups : nil
    probes.controlGroups = controlGroups
    probeCommands.controlGroups = controlGroups
    preparation.warn = { [logger] process, reason in
      logger.warning("a limit is not enforced", metadata: ["process": "\(process)", "reason": "\(reason)"])
    }
    if !isKnown, controlGroups != nil {
      logger.warning(
        "processes get control groups once the keeper of an earlier version has ended, with the last of them",
        metadata: ["keeper": "\(keeper.welcome.pid)"])
    }
  }
}
