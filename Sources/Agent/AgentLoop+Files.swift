import GroupProtocol
import Linux
import Model
import Processes

/// Files of processes: what they write, and what somebody on the node does to delivered ones.
extension AgentLoop {
  func followFiles() {
    watcher.written = { [unowned self] in inputs.append(.init(.written($0, ago: $1))) }
    watcher.checkApart = { [unowned self] in check($0, $1, $2) }
    watcher.isDelivered = { [unowned self] in !core.versions(of: $0).isEmpty }
    preparation.removed = { [logger] process, name in
      logger.warning(
        "what a former user of a process has left is removed",
        metadata: ["process": "\(process)", "file": "\(name)"])
    }
    preparation.restored = { [logger] file, reason in
      logger.warning(
        "a delivered file was changed on the node and is restored",
        metadata: ["file": "\(file)", "reason": "\(reason)"])
    }
  }

  /// What the core is told of what the watcher saw.
  func input(_ observation: FileWatcher.Observation) -> AgentInput? {
    switch observation {
    case .read(let file, let content): return .observed(file, content)
    case .refused(let file, let reason): return .unreadable(file, reason)
    case .touched(let file):
      if core.isRestorationDue(file) { return nil }
      return delivered.problem(of: file, core.versions(of: file)).map { .altered(file, $0) }
    case .replaced(let process):
      makeFolder(of: process)
      return nil
    }
  }

  /// What was taken from a process that runs it gets again.
  private func makeFolder(of process: ProcessName) {
    guard let launch = core.launch(of: process) else { return }
    do throws(SystemError) {
      try preparation.makeFolder(of: launch, files: core.versions(of: process))
    } catch {
      logger.error(
        "the folder of a process cannot be made again",
        metadata: ["process": "\(process)", "reason": "\(error)"])
    }
  }

  func check(_ file: NodeFile, _ content: Content, _ number: UInt64) {
    stateChecker.check(content, core.readTags(of: file)) { [mailbox] problem in
      mailbox.post(.checked(file, content, number, problem: problem))
    }
  }
}
