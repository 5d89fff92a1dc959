import Glibc
import Linux
import Model

extension ProcessTable {
  /// Reads the records of an earlier keeper and takes over what still runs; answers the ends of starts before the last
  /// that no agent knows.
  @discardableResult
  func recover() throws(SystemError) -> [UnsettledEnd] {
    var unsettled: [UnsettledEnd] = []
    for entry in try folders.run.list() {
      guard let name = try? ProcessName(entry.name), entry.kind == .regular else { continue }
      // What cannot be opened is told when the process is to be started, which it then is not.
      guard let slot = try? slot(of: name) else { continue }
      guard let record = slot.record.content else { continue }
      if let end = record.before {
        unsettled.append(UnsettledEnd(name: name, number: end.number, end: end.end))
      }
      let isUnseen = record.end == nil && record.identity != nil
      guard record.boot == boot else {
        if isUnseen { slot.record.wasMissed(withMachine: true) }
        continue
      }
      slot.group = record.group.flatMap { ProcessGroup(left: $0) }
      guard record.end == nil, let identity = record.identity else {
        slot.group?.kill()
        continue
      }
      if let descriptor = identity.open(), watch(name, descriptor) {
        slot.running = descriptor
        if try folders.notify.status(name.text) != nil { try? listen(to: name, slot, user: nil) }
      } else {
        identity.signalLeftovers(SIGKILL)
        let isLeaving = awaitGroup(of: name, slot, Leaving(pid: identity.pid, end: .unknown))
        if !isLeaving { slot.record.wasMissed(withMachine: false) }
      }
    }
    return unsettled
  }
}
