import GroupProtocol
import Keeper
import Model

extension AgentLoop {
  /// What the keeper told, for the core and for people.
  func pending(_ answer: KeeperAnswer) -> Pending? {
    switch answer {
    case .started(let name, let number, let pid):
      noteStart(of: name, number, pid: pid)
      return Pending(.started(name, pid: pid))
    case .notStarted(let name, let number, let reason):
      logger.warning("a process does not start", metadata: ["process": "\(name)", "reason": "\(reason)"])
      return Pending(
        .notStarted(name, reason), [UnsettledEnd(name: name, number: number, end: .notStarted(reason))])
    case .ended(let end): return Pending(.ended(end.name, end.end, wasStopped: end.wasStopped), [end])
    case .restarted(let process):
      noteStart(of: process.name, process.number, pid: process.pid)
      return Pending(
        .restarted(process.name, process.ended.end, pid: process.pid, at: process.at), [process.ended])
    case .notice(let name, let number, let notice):
      return Pending(.noticed(name, number: number, notice))
    case .fenced:
      logger.warning("the lease has run out, and the keeper has stopped what runs only under one")
      return Pending(.fenced)
    case .problem(let text):
      logger.error("the keeper has a problem", metadata: ["reason": "\(text)"])
      return nil
    case .welcome: return nil
    }
  }

  private func noteStart(of name: ProcessName, _ number: UInt64, pid: Int32) {
    logger.info("a process runs", metadata: ["process": "\(name)", "pid": "\(pid)", "start": "\(number)"])
  }
}
