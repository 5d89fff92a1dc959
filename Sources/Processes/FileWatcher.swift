import Glibc
import Linux
import Model
import Supervision

/// Reads the files that processes write about themselves, when they change or at their period. For one thread.
///
/// Only a whole file counts: one that was closed after writing, or renamed into place. XML that does not parse is kept
/// back, since it may be half of a file; the version before it stays. If it is still broken after ``patience``, that
/// is told. Links, FIFOs, folders and files over ``sizeLimitBytes`` are told and never read.
public final class FileWatcher {
  public enum Observation: Equatable, Sendable {
    case read(NodeFile, Content?)
    case refused(NodeFile, String)
  }

  public static let sizeLimitBytes = 16 << 20
  static let patience = Duration.seconds(1)

  private struct Watched {
    let process: WatchedProcess
    var watch: Int32?
    var nextRead: Instant?
  }

  private let folders: NodeFolders
  private let folderWatch: FolderWatch
  private let check: (Content) -> String?
  private var watched = SortedMap<ProcessName, Watched>()
  private var names = SortedMap<Int32, ProcessName>()
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
    var lost = SortedSet<ProcessName>()
    for change in folderWatch.read() {
      switch change {
      case .changed(let watch, let name): if let file = file(watch, name) { files.insert(file) }
      case .created(let watch, let name):
        if let file = file(watch, name), isWhole(file) { files.insert(file) }
      case .lost(let watch): if let name = names[watch] { lost.insert(name) }
      case .overflow:
        for entry in watched.values where entry.watch != nil { files.formUnion(entry.process.files) }
      }
    }
    var observations = files.flatMap { read($0, at: now) }
    for name in lost {
      guard let entry = watched[name] else { continue }
      drop(name, entry)
      observations += add(entry.process, at: now)
    }
    return observations
  }

  /// Reads the files whose period has come, and gives up patience with broken ones.
  public func timeout(at now: Instant) -> [Observation] {
    var observations: [Observation] = []
    for (name, entry) in watched {
      guard let due = entry.nextRead, due <= now, case .period(let period) = entry.process.refresh else {
        continue
      }
      watched[name]?.nextRead = now + period
      observations += entry.process.files.flatMap { read($0, at: now) }
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
        let watch = try folderWatch.add(folders.path(of: process.name))
        entry.watch = watch
        names[watch] = process.name
      case .period(let period): entry.nextRead = now + period
      }
    } catch {
      observations += process.files.map { .refused($0, error.description) }
    }
    watched[process.name] = entry
    return observations + process.files.flatMap { read($0, at: now) }
  }

  private func drop(_ name: ProcessName, _ entry: Watched) {
    if let watch = entry.watch {
      names[watch] = nil
      folderWatch.remove(watch)
    }
    for file in entry.process.files { doubtful[file] = nil }
    watched[name] = nil
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
      guard let bytes = try folders.node.readIfPresent(file.text, limitBytes: Self.sizeLimitBytes) else {
        doubtful[file] = nil
        return [.read(file, nil)]
      }
      content = Content(bytes)
    } catch {
      doubtful[file] = nil
      return [.refused(file, error.description)]
    }
    guard file.name.hasSuffix(".xml"), let problem = check(content) else {
      doubtful[file] = nil
      return [.read(file, content)]
    }
    guard let limit = doubtful[file] else {
      doubtful[file] = now + Self.patience
      return []
    }
    if now < limit { return [] }
    doubtful[file] = nil
    return [.refused(file, problem)]
  }
}
