import GroupProtocol
import Model
import ProcessPromises
import Supervision

/// The leader, which always knows what is wanted.
extension PromisedNode {
  mutating func hear(_ messages: [AgentMessage], from id: LinkID) {
    for message in messages where isLeaderUp {
      switch message {
      case .hello:
        let welcome = Welcome(
          epoch: 1, acknowledged: record.sequenceLimit - 1, resend: false, holdings: false, timing: .standard,
          isSettled: isCurrent)
        step(.received(id, [.welcome(welcome)]))
        tell(id)
      case .report(let report): step(.received(id, [.acknowledged(sequence: report.sequence)]))
      case .heartbeat(let number): step(.received(id, [.answered(heartbeat: number, isSettled: isCurrent)]))
      case .applied: if isCurrent { step(.received(id, [.answered(heartbeat: 0, isSettled: true)])) }
      default: break
      }
    }
  }

  var isCurrent: Bool { generationOnDisk == wanted.generation && version == wanted.version }

  mutating func tell(_ id: LinkID) {
    guard isLeaderUp, !isCurrent, let file = Self.file else { return }
    let all = [(file, "\(wanted.version)"), (NodeFile.config, "\(wanted.generation)")]
    let files = all.filter { disk[$0.0]?.text != $0.1 }.map {
      Configuration.File(file: $0.0, stamp: Stamp(epoch: 1, index: stamp), content: Content($0.1))
    }
    step(
      .received(id, [.configure(Configuration(stamp: Stamp(epoch: 1, index: stamp), seen: 0, files: files))]))
  }

  /// A configuration is the process's generation.
  static func decode(_ process: ProcessPromises.Process) -> AgentCore.Decode {
    { content in
      guard let name else { return .failure(ConfigurationProblem("no name")) }
      var configured = ProcessConfiguration(name: name, executable: "/bin/web")
      configured.generation = content.text
      configured.restart = RestartPolicy(rawValue: process.restart.rawValue) ?? .always
      configured.reload =
        switch process.reload {
        case .none: .none
        case .signal: .signal(.hangup)
        case .restart: .restart
        }
      configured.reloadInterval = .seconds(3)
      configured.startLimit = process.startLimit.map { StartLimit(count: $0, within: .seconds(3600)) }
      configured.onIsolation = process.stopsInIsolation ? .stop : .keep
      configured.onAgentExit = process.stopsWithAgent ? .stop : .keep
      return .success(NodeConfiguration(environment: [:], processes: [configured]))
    }
  }
}
