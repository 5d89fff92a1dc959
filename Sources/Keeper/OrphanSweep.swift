import Linux
import Model

/// Ends what processes leave behind: whatever they started, in their sessions or in others, with them as its parent or
/// daemonised, comes to the keeper once its own parent has ended, and goes when the process has.
struct OrphanSweep {
  /// With which each process is executed, so that its orphans can be told from another's and from those of an earlier
  /// start.
  static let nameVariable = "DMAKE_PROC"

  private let orphans: Orphans

  init() throws(SystemError) { orphans = try Orphans() }

  /// Reaps orphans that have ended and kills those of processes that have. One of unknown origin (it cleared its
  /// variables and left its session, and its process has no control group) goes when no process runs that it may
  /// belong to.
  func run(_ table: ProcessTable) {
    for pid in orphans.children where table.mains[pid] == nil {
      if orphans.reap(pid) {
        table.commandEnded(pid)
        continue
      }
      let session = orphans.session(of: pid)
      if table.mains[session] != nil || table.commands.contains(session) { continue }
      if mayLive(pid, table) { continue }
      orphans.kill(pid)
    }
  }

  private func mayLive(_ pid: Int32, _ table: ProcessTable) -> Bool {
    let environment = orphans.environment(of: pid)
    func value(_ name: String) -> Substring? {
      environment.first { $0.hasPrefix(name + "=") }?.dropFirst(name.utf8.count + 1)
    }
    guard let name = value(Self.nameVariable).flatMap({ try? ProcessName(String($0)) }),
      let number = value(ProcessStart.numberVariable).flatMap({ UInt64($0) })
    else { return table.isInGroup(pid) || table.isAnyRunning }
    return table.runningNumber(of: name) == number
  }
}
