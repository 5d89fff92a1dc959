import Glibc
import Linux
import Model
import Supervision

/// Reads the files that processes write about themselves, when they change or at their period. For one thread.
///
/// Only a whole file counts: one that was closed after writing, or renamed into place. XML that does not parse is kept
/// back, since it may be half of a file; the version before it stays. If it is still broken after ``patience``, that
/// is told. Links, FIFOs, folders and files over ``sizeLimitBytes`` are told and never read. What a shortage (of
/// descriptors, say) keeps from being read or watched is tried again.
public final class FileWatcher {
  public enum Observation: Equatable, Sendable {
    case read(NodeFile, Content?)
    case refused(NodeFile, String)
    /// Something was done to a delivered file, perhaps by the agent itself.
    case touched(NodeFile)
    /// The folder was taken away, and there is another one.
    case replaced(ProcessName)
  }

  public static let sizeLimitBytes = Content.sizeLimitBytes
  static let patience = Duration.seconds(1)
  /// More is checked apart, where that is possible.
  public static let largeBytes = 64 << 10

  private struct Watched {
    let process: WatchedProcess
    var watch: Int32?
    /// Of the folder that is watched: what somebody is in goes without a word, and another takes its name.
    var folder: FileStatus.Identity?
    /// By the period; of one that is to be watched, when that is tried again because the folder could not be.
    var nextRead: Instant?
  }

  private let folders: NodeFolders
  private let folderWatch: FolderWatch
  /// Tells of process folders that come and go; nil: a shortage of watches does not let it.
  private var parent: Int32?
  private let check: (Content) -> String?
  /// Told of files that were written, and how long ago: as their times of modification say, and once for each of them.
  public var written: (NodeFile, Duration) -> Void = { _, _ in }
  private var times = SortedMap<NodeFile, FileTime>()
  /// Which files are told when they are touched.
  public var isDelivered: (NodeFile) -> Bool = { _ in false }
  private var watched = SortedMap<ProcessName, Watched>()
  private var names = SortedMap<Int32, ProcessName>()
  /// Has a large file checked without making this thread wait, under a number; answered by
  /// ``checked(_:_:_:problem:at:)``.
  public var checkApart: ((NodeFile, Content, UInt64) -> Void)?
  private var checks = SortedMap<NodeFile, Check>()
  private var checkCount: UInt64 = 0
  /// Broken files that may yet become whole, and when patience ends.
  private var doubtful = SortedMap<NodeFile, Instant>()

  /// - Parameter check: says what is wrong with a file's XML; nil if nothing.
  public init(folders: NodeFolders, poller: Poller, check: @escaping (Content) -> String?) throws(SystemError) {
    self.folders = folders
    self.check = check
    folderWatch = try FolderWatch()
    try poller.add(folderWatch.descriptor)
  }

  public var descriptor: CInt { folderWatch.descriptor }

  /// When ``timeout(at:)`` is due.
  public var deadline: Instant? { (watched.values.compactMap(\.nextRead) + doubtful.values).min() }

  /// Watches these processes' files and no others, and reads what is there.
  public func watch(_ processes: [WatchedProcess], at now: Instant) -> [Observation] {
    var wanted = SortedMap<ProcessName, WatchedProcess>()
    for process in processes { wanted[process.name] = process }
    for (name, old) in watched where wanted[name] == nil || wanted[name] != old.process {
      drop(name, old)
    }
    var observations: [Observation] = []
    for (name, process) in wanted where !watched.contains(name) {
      observations += add(process, at: now)
    }
    return observations
  }

  /// What changed, after ``descriptor`` became readable.
  public func changes(at now: Instant) -> [Observation] {
    var files = SortedSet<NodeFile>()
    var touched = SortedSet<NodeFile>()
    var lost = SortedSet<ProcessName>()
    for change in folderWatch.read() {
      switch change {
      case .changed(parent, let name), .created(parent, let name):
        if let name = try? ProcessName(name), isReplaced(name) { lost.insert(name) }
      case .changed(let watch, let name):
        if let file = file(watch, name) { files.insert(file) }
        if let file = deliveredFile(watch, name) { touched.insert(file) }
      case .created(let watch, let name):
        if let file = file(watch, name), isWhole(file) { files.insert(file) }
        if let file = deliveredFile(watch, name) { touched.insert(file) }
      case .lost(let watch): if let name = names[watch] { lost.insert(name) }
      case .overflow:
        // That a folder went may be among what nobody tells, so each is watched as it stands there now.
        for (name, entry) in watched where entry.watch != nil { lost.insert(name) }
      }
    }
    let isLost = { (file: NodeFile) in file.process.map { lost.contains($0) } ?? false }
    return touched.elements.map { .touched($0) }
      + files.elements.filter { !isLost($0) }.flatMap { read($0, at: now) }
      + lost.elements.flatMap { [.replaced($0)] + watchAgain($0, at: now) }
  }

  /// Reads the files whose period has come, and gives up patience with broken ones.
  public func timeout(at now: Instant) -> [Observation] {
    var observations: [Observation] = []
    for (name, entry) in watched {
      guard let due = entry.nextRead, due <= now else { continue }
      switch entry.process.refresh {
      case .event: observations += watchAgain(name, at: now)
      case .period(let period):
        watched[name]?.nextRead = now + period
        observations += entry.process.files.flatMap { read($0, at: now) }
      }
    }
    for (file, limit) in doubtful where limit <= now { observations += read(file, at: now) }
    return observations
  }

  private func add(_ process: WatchedProcess, at now: Instant) -> [Observation] {
    var entry = Watched(process: process)
    var observations: [Observation] = []
    do throws(SystemError) {
      try folders.node.makeFolders(process.name.text)
      switch process.refresh {
      case .event:
        if parent == nil { parent = try folderWatch.add("\(folders.path)/node") }
        let watch = try folderWatch.add(folders.path(of: process.name))
        entry.watch = watch
        entry.folder = try folders.node.status(process.name.text)?.identity
        names[watch] = process.name
      case .period(let period): entry.nextRead = now + period
      }
    } catch {
      entry.nextRead = now + Self.patience
      observations += process.files.map { .refused($0, error.description) }
    }
    watched[process.name] = entry
    return observations + process.files.flatMap { read($0, at: now) }
  }

  private func watchAgain(_ name: ProcessName, at now: Instant) -> [Observation] {
    guard let entry = watched[name] else { return [] }
    drop(name, entry)
    return add(entry.process, at: now)
  }

  private func drop(_ name: ProcessName, _ entry: Watched) {
    if let watch = entry.watch {
      names[watch] = nil
      folderWatch.remove(watch)
    }
    for file in entry.process.files {
      doubtful[file] = nil
      checks[file] = nil
      times[file] = nil
    }
    watched[name] = nil
  }

  /// A time in the future, since a clock was set or by intent, is the time at which it was seen.
  private func note(_ time: FileTime, of file: NodeFile) {
    guard times[file] != time else { return }
    times[file] = time
    written(file, max(.zero, wallTime() - time.since1970))
  }

  private func isReplaced(_ name: ProcessName) -> Bool {
    guard let entry = watched[name], entry.watch != nil else { return false }
    return (try? folders.node.status(name.text))?.identity != entry.folder
  }

  private func deliveredFile(_ watch: Int32, _ name: String) -> NodeFile? {
    guard let process = names[watch], let file = try? NodeFile(process, name) else { return nil }
    return isDelivered(file) ? file : nil
  }

  private func file(_ watch: Int32, _ name: String) -> NodeFile? {
    names[watch].flatMap { watched[$0] }?.process.files.first { $0.name == name }
  }

  /// A name that came into being is whole if nobody will write to it: it is another name of a file that was there, or
  /// no file at all, which is to be told.
  private func isWhole(_ file: NodeFile) -> Bool {
    guard let status = try? folders.node.status(file.text) else { return false }
    return status.kind != .regular || status.linkCount > 1
  }

  private func read(_ file: NodeFile, at now: Instant) -> [Observation] {
    let content: Content
    do {
      guard let (status, bytes) = try folders.node.readWithStatus(file.text, limitBytes: Self.sizeLimitBytes)
      else {
        doubtful[file] = nil
        checks[file] = nil
        return [.read(file, nil)]
      }
      content = Content(bytes)
      note(status.modified, of: file)
    } catch {
      checks[file] = nil
      // Where it is the machine's fault and not the file's, no change of the file tells that it is over.
      doubtful[file] = error.isShortage ? now + Self.patience : nil
      return [.refused(file, error.description)]
    }
    guard file.name.hasSuffix(".xml") else {
      doubtful[file] = nil
      return [.read(file, content)]
    }
    if content.bytes.count > Self.largeBytes, checkApart != nil {
      checkApart(file, content, at: now)
      return []
    }
    checks[file] = nil
    return judge(file, content, check(content), patience: doubtful[file], at: now)
  }
}

/// Files that take too long to check while others wait: an earlier version is judged before a later one is checked, and
/// between them only the newest counts.
extension FileWatcher {
  struct Check {
    let number: UInt64
    /// When patience with the file ends; nil: it begins with this version.
    let patience: Instant?
    var next: Content?
  }

  private func checkApart(_ file: NodeFile, _ content: Content, at now: Instant) {
    if checks[file] != nil {
      checks[file]?.next = content
      return
    }
    checkCount += 1
    checks[file] = Check(number: checkCount, patience: doubtful[file])
    // Until it is judged nothing is due.
    doubtful[file] = nil
    checkApart?(file, content, checkCount)
  }

  /// What ``checkApart`` has found.
  public func checked(
    _ file: NodeFile, _ content: Content, _ number: UInt64, problem: String?, at now: Instant
  ) -> [Observation] {
    guard let check = checks[file], check.number == number else { return [] }
    checks[file] = nil
    let observations = judge(file, content, problem, patience: check.patience, at: now)
    if let next = check.next { checkApart(file, next, at: now) }
    return observations
  }

  private func judge(
    _ file: NodeFile, _ content: Content, _ problem: String?, patience: Instant?, at now: Instant
  ) -> [Observation] {
    doubtful[file] = nil
    guard let problem else { return [.read(file, content)] }
    if let patience, patience <= now { return [.refused(file, problem)] }
    doubtful[file] = patience ?? now + Self.patience
    return []
  }
}
