import Model
import Supervision

extension AgentCore {
  /// Takes what is newer than what the node has, and answers for every file, so that the leader can forget them.
  mutating func take(_ new: Configuration, from id: LinkID, at now: Instant) -> [AgentEffect] {
    if new.stamp > record.stamp {
      record.stamp = new.stamp
      isRecordChanged = true
    }
    var accepted: [Configuration.File] = []
    var known: [AppliedFile] = []
    // A leader that does not know better yet: the file is the node's own.
    for file in new.files where !isLocal(file.file) {
      if let waiting = pending[file.file]?.last, waiting.stamp >= file.stamp { continue }
      if let held = files[file.file], !isNewer(file, than: held) {
        if let answer = applied(file.file) { known.append(answer) }
      } else {
        pending[file.file, default: []].append(file)
        accepted.append(file)
        expect(file)
      }
    }
    let answers: [AgentEffect] = known.isEmpty ? [] : [.send(id, [.applied(known)])]
    return answers + (accepted.isEmpty ? [] : [.deliver(accepted)])
  }

  /// With an equal stamp it is the same version; but the disk may not have it any more, or could not take it.
  private func isNewer(_ file: Configuration.File, than held: HeldFile) -> Bool {
    if file.stamp != held.stamp { return file.stamp > held.stamp }
    return file.content?.digest != held.content?.digest
  }

  /// The disk knows of a file before the file is there, so that one which was written just before a crash is not
  /// forgotten; and of its removal before it goes, so that a later agent can tell that from a mistake.
  mutating func expect(_ file: Configuration.File) {
    guard record.files[file.file] == nil || file.content == nil else { return }
    record.files[file.file] = AgentRecord.HeldFile(stamp: file.content == nil ? file.stamp : .zero, digest: nil)
    isRecordChanged = true
  }

  private mutating func takePending(_ result: DeliveryResult) -> Configuration.File? {
    guard let position = pending[result.file]?.firstIndex(where: { $0.stamp == result.stamp }) else {
      return nil
    }
    let file = pending[result.file]?.remove(at: position)
    if pending[result.file]?.isEmpty == true { pending[result.file] = nil }
    return file
  }

  func applied(_ file: NodeFile) -> AppliedFile? {
    if isLocal(file) { return nil }
    let isolation = file == .config ? planProblems.command : nil
    return files[file].map {
      AppliedFile(file: file, stamp: $0.stamp, digest: $0.content?.digest, problem: $0.problem ?? isolation)
    }
  }

  mutating func delivered(_ results: [DeliveryResult], at now: Instant) -> [AgentEffect] {
    var effects: [AgentEffect] = []
    var changed: [(file: NodeFile, from: Content?)] = []
    var told: [AppliedFile] = []
    for result in results {
      // Also one that a later version follows: until that is written, this one stands on the disk.
      guard let file = takePending(result) else { continue }
      // A result that comes late: what was written after it stands there.
      if result.problem == nil, file.stamp.epoch > 0, let held = files[file.file], held.stamp > file.stamp {
        continue
      }
      if let problem = result.problem {
        // What stood there stands there still; the leader tries again.
        if file.content == nil, let held = files[file.file] {
          record.files[file.file] = AgentRecord.HeldFile(stamp: held.stamp, digest: held.content?.digest)
          isRecordChanged = true
        }
        if !isLocal(file.file) {
          told.append(
            AppliedFile(
              file: file.file, stamp: files[file.file]?.stamp ?? .zero,
              digest: files[file.file]?.content?.digest,
              problem: problem))
        }
        effects.append(note(.error, "a file cannot be written", ["file": file.file.text, "reason": problem]))
        continue
      }
      // One that makes no sense is a problem also when it comes again.
      let isTaken = file.file != .config || record.configuration == file.content
      let before = files[file.file]?.content
      hold(file)
      if before != file.content || !isTaken { changed.append((file.file, before)) }
    }
    effects += apply(changed, at: now)
    effects += deliveredLocal(results, at: now)
    told += results.compactMap { $0.problem == nil ? applied($0.file) : nil }
    if let id = link.welcomed {
      if !told.isEmpty { effects.append(.send(id, [.applied(told)])) }
    } else {
      areFilesNews = true
    }
    return effects
  }

  private mutating func hold(_ file: Configuration.File) {
    local.news.insert(file.file)
    // Written for local rules that have lost the file meanwhile: the leader decides, whatever it had said before.
    let stamp = file.stamp.epoch == 0 && !isLocal(file.file) ? .zero : file.stamp
    files[file.file] = HeldFile(stamp: stamp, content: file.content)
    record.files[file.file] = AgentRecord.HeldFile(stamp: stamp, digest: file.content?.digest)
    isRecordChanged = true
    if file.content != nil { return }
    restorations.forget(file.file)
    let removals = files.filter { $1.content == nil }
    guard removals.count > Self.removalLimit, let oldest = removals.min(by: { $0.1.stamp < $1.1.stamp })?.0
    else { return }
    files[oldest] = nil
    record.files[oldest] = nil
  }

  /// The versions of a delivered file that may stand on the disk, the one in force first; empty: none was delivered.
  public func versions(of file: NodeFile) -> [Content] {
    guard let content = files[file]?.content else { return [] }
    return [content] + (pending[file] ?? []).compactMap(\.content)
  }

  /// Of all that was delivered to a process.
  public func versions(of process: ProcessName) -> SortedMap<NodeFile, [Content]> {
    SortedMap(files.keys.filter { $0.process == process }.map { ($0, versions(of: $0)) })
  }

  /// Whether a process is in the configuration, or has not stopped yet.
  public func knows(_ process: ProcessName) -> Bool { machines.contains(process) }

  /// From which a process runs; nil where it does not, or is not to.
  public func launch(of process: ProcessName) -> Launch? {
    machines[process].flatMap { $0.isAlive ? $0.currentLaunch : nil }
  }

  /// All files of a batch stand on the disk before any process hears of one.
  private mutating func apply(_ changed: [(file: NodeFile, from: Content?)], at now: Instant) -> [AgentEffect] {
    var effects: [AgentEffect] = []
    var running = SortedSet<ProcessName>()
    for (file, _) in changed {
      if let process = file.process, machines[process]?.pid != nil { running.insert(process) }
    }
    if changed.contains(where: { $0.file == .config }) { effects += decodeConfiguration(at: now) }
    for process in running {
      var need = ReloadNeed.nothing
      for (file, before) in changed where file.process == process {
        need.add(self.need(of: process, after: file, was: before))
      }
      if !need.isNothing { effects += drive(process, .reconfigured(need), at: now) }
    }
    return effects
  }

  /// The least that the process needs for the change. Of a file that has come or gone everything has changed.
  func need(of process: ProcessName, after file: NodeFile, was before: Content?) -> ReloadNeed {
    guard let configuration = configuration?.processes[process] else { return .nothing }
    let tags = configuration.reloadTags(of: file.name)
    var changed = tags
    var hasRest = true
    if !tags.isEmpty, let before, let after = files[file]?.content {
      changed = SortedSet(tags.filter { valuesDigest(before, [$0]) != valuesDigest(after, [$0]) })
      hasRest = restDigest(before, tags) != restDigest(after, tags)
    }
    return configuration.need(after: FileChange(file: file.name, tags: changed, hasRest: hasRest))
  }

  /// One that makes no sense is told as a problem, and the one before it stays in force.
  private mutating func decodeConfiguration(at now: Instant) -> [AgentEffect] {
    guard let content = files[.config]?.content else {
      record.configuration = nil
      return configure(.empty, at: now)
    }
    switch decode(content) {
    case .success(let new):
      record.configuration = content
      if isLocal(.config) { local.isReportDue = true }
      return configure(new, at: now)
    case .failure(let problem):
      files[.config]?.problem = problem.description
      if isLocal(.config) { local.isReportDue = true }
      return [
        note(
          .error, "the node's configuration makes no sense, the one before it stays in force",
          ["reason": problem.description])
      ]
    }
  }

  /// At the start: the configuration that stands on the disk, which may have been written or removed just before a
  /// crash, so that nobody took it. The one before stays in force where the file makes no sense, or went by mistake.
  mutating func takeInForce() {
    if let content = files[.config]?.content {
      switch decode(content) {
      case .success(let found):
        if let known = record.configuration, known != content, case .success(let old) = decode(known) {
          noteLeaving(from: old, to: found)
        }
        configuration = found
        record.configuration = content
        return
      case .failure(let problem): files[.config]?.problem = problem.description
      }
    } else if let held = record.files[.config], held.digest == nil, let known = record.configuration {
      if case .success(let old) = decode(known) { noteLeaving(from: old, to: .empty) }
      configuration = .empty
      record.configuration = nil
      return
    }
    if let content = record.configuration, case .success(let known) = decode(content) { configuration = known }
  }

  mutating func observe(_ file: NodeFile, _ content: Content?) -> [AgentEffect] {
    unreadable[file] = nil
    // A file that a policy delivers is not the node's to report, and one that is watched no more may have been read
    // just before.
    guard files[file]?.content == nil, isWatched(file) else { return [] }
    let isUnseen = unseen.contains(file)
    unseen.remove(file)
    guard isUnseen || observed[file] != content else { return [] }
    // Before the leader hears of a file the disk knows that it may.
    let isFirst = isUnseen || observed[file] == nil
    if observed[file] == nil, content != nil { isRecordChanged = true }
    observed[file] = content
    local.news.insert(file)
    if !isFirst, let content { return reportChange(file, content) }
    return reportState(file, content)
  }

  /// A state that is written is not stale, also where it is the same.
  mutating func noteWritten(_ file: NodeFile, ago age: Duration, at now: Instant) -> [AgentEffect] {
    guard file.name == TreePath.stateFile, let name = file.process, machines.contains(name) else { return [] }
    return drive(name, .stateWritten(ago: age), at: now)
  }

  private func isWatched(_ file: NodeFile) -> Bool {
    guard let name = file.process, !file.isHealth else { return true }
    return configuration?.processes[name]?.watchedFiles.contains(file.name) ?? false
  }

  mutating func observe(_ state: MachineState, at now: Instant) -> [AgentEffect] {
    if let machine, !state.isNews(after: machine) { return [] }
    machine = state
    return observe(.state, state.content)
  }

  mutating func noteUnreadable(_ file: NodeFile, _ reason: String) -> [AgentEffect] {
    guard unreadable[file] != reason else { return [] }
    unreadable[file] = reason
    return [note(.warning, "a state file is not taken", ["file": file.text, "reason": reason])]
  }
}
