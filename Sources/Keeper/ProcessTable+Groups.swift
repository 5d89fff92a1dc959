import Glibc
import Linux
import Model

/// The control group of a process, as it was asked for.
struct ProcessGroup {
  let group: ControlGroup
  /// Nil: an earlier keeper made it, and nobody knows what was written into it.
  let request: GroupRequest?
  /// It was killed: Linux (6.1 and 6.18) kills also what clone3(2) lets be born there later, so the next start gets
  /// another one.
  private(set) var isSpent = false
  private var outOfMemoryKills: UInt64 = 0

  mutating func kill() {
    isSpent = true
    group.kill()
  }

  /// Makes it anew, so that nothing of an earlier start holds: neither a limit nor a process.
  init(_ request: GroupRequest) throws(SystemError) {
    self.request = request
    if !ControlGroup.remove(request.path) {
      try ControlGroup(opening: request.path).kill()
      throw SystemError(
        EBUSY, "make the control group", request.path,
        detail: "something of an earlier start is in it, and is being killed")
    }
    group = try ControlGroup(making: request.path)
    do throws(SystemError) {
      for setting in request.settings { try group.write(setting.value, to: setting.file) }
    } catch {
      group.remove()
      throw error
    }
  }

  /// How the process ended, when the kernel says this of it. Of a group without a limit nobody asks.
  mutating func judge(_ end: ProcessEnd) -> ProcessEnd {
    guard end == .signalled(SIGKILL), !isSpent, request?.settings.contains(where: \.limitsMemory) == true else {
      return end
    }
    let kills = group.outOfMemoryKills ?? 0
    defer { outOfMemoryKills = kills }
    return kills > outOfMemoryKills ? .outOfMemory : end
  }

  /// Of an earlier keeper; nil if it is gone.
  init?(left path: String) {
    guard let group = try? ControlGroup(opening: path) else { return nil }
    self.group = group
    request = nil
  }
}

/// A process that has ended while something that it left in its control group lives.
struct Leaving {
  let pid: Int32
  let end: ProcessEnd
}

extension ProcessTable {
  /// The group for a start: that of the start before, where the same is asked for.
  func prepareGroup(_ request: GroupRequest?, _ slot: Slot) throws(SystemError) {
    if let request, let known = slot.group, known.request == request, !known.isSpent { return }
    slot.group?.group.remove()
    slot.group = nil
    if let request { slot.group = try ProcessGroup(request) }
  }

  /// Kills what the process left in its group; answers whether that has to be waited for.
  func awaitGroup(of name: ProcessName, _ slot: Slot, _ leaving: Leaving) -> Bool {
    guard let group = slot.group?.group, group.isPopulated else { return false }
    slot.group?.kill()
    guard (try? poller.addChanges(of: group.events)) != nil else { return false }
    sources[group.events] = .group(name)
    slot.leaving = leaving
    return true
  }

  /// Something in the group of a process that has ended has changed.
  func endOfGroup(_ name: ProcessName, _ file: CInt) -> UnsettledEnd? {
    guard let slot = slots[name], let leaving = slot.leaving, slot.group?.group.isPopulated != true else {
      return nil
    }
    poller.remove(file)
    sources[file] = nil
    slot.leaving = nil
    return finish(slot, of: name, leaving.end)
  }

  /// Whether a process that nothing else tells of belongs to one that runs.
  func isInGroup(_ pid: Int32) -> Bool {
    guard let place = ControlGroup.place(of: pid) else { return false }
    return slots.values.contains { $0.isAlive && $0.group?.isAt(place) == true }
  }

  func removeGroup(of slot: Slot) {
    if let group = slot.group { groupFolders.insert(group.folder) }
    slot.group?.group.remove()
    slot.group = nil
  }

  /// When nothing runs any more, and nobody will start anything.
  func removeGroups() {
    for slot in slots.values { removeGroup(of: slot) }
    for folder in groupFolders.elements { ControlGroup.remove(folder) }
  }
}

extension GroupRequest.Setting {
  fileprivate var limitsMemory: Bool { file.hasPrefix("memory.") }
}

extension ProcessGroup {
  private var names: (folder: Substring, own: Substring) {
    let parts = group.path.split(separator: "/").suffix(2)
    return (parts.first ?? "", parts.last ?? "")
  }

  /// That of all processes of the agent.
  var folder: String { String(group.path.dropLast(names.own.utf8.count + 1)) }

  /// Whether a place in the hierarchy is this group, or one below it. The same hierarchy has other paths where it is
  /// mounted, but the folder has a name of its own.
  func isAt(_ place: String) -> Bool { "\(place)/".contains("/\(names.folder)/\(names.own)/") }
}
