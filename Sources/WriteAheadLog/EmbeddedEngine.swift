import GroupProtocol
import Linux
import Model
import WireFormat

/// Why the embedded engine could not start or go on.
public enum EngineError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The state folder cannot be used: read-only, or in use by another process.
  case folder(SystemError)
  case log(LogError)
  /// Whole and checked bytes that this dmake does not understand.
  case unreadable(folder: String, what: String, WireError)

  /// Whether the same call may succeed later, on a disk that is full now.
  public var isTemporary: Bool { if case .log(let error) = self { error.isTemporary } else { false } }
  /// Whether files of the log are gone, so that it must be written anew.
  public var isLoss: Bool { if case .log(.gone) = self { true } else { false } }

  public var description: String {
    switch self {
    case .folder(let error): "\(error)"
    case .log(let error): "\(error)"
    case .unreadable(let folder, let what, let error):
      "\(what) of the log in `\(folder)` cannot be understood: \(error); start the dmake that wrote it, or a newer one"
    }
  }
}

/// The engine below a single leader: a ``WriteAheadLog`` of protocol entries and snapshots of the leader's state, in
/// a state folder that one process uses at a time.
public struct EmbeddedEngine: Sendable {
  /// `STATE_DIR/leader.lock` and `STATE_DIR/log/`.
  static let lockName = "leader.lock"
  static let logFolder = "log"
  static let recordLimitBytes = 16 << 20

  private let lock: LockFile
  private let folder: String
  public let log: WriteAheadLog

  /// What the folder held: the state that follows from it, and notes for the operator.
  public struct Recovery: Sendable {
    public let engine: EmbeddedEngine
    public let state: LeaderState
    /// Entries that were applied after the snapshot.
    public let replayed: Int
    public let notes: [Note]
  }

  /// Takes the folder, creating it if need be, and rebuilds the state: the newest good snapshot and the entries
  /// after it. No recipe is run: results of rounds are entries.
  public static func open(
    stateFolder: String, settings: LogSettings = LogSettings()
  ) throws(EngineError) -> Recovery {
    let lock: LockFile
    let storage: FolderStorage
    do throws(SystemError) {
      _ = try Directory.create(path: stateFolder, mode: 0o700)
      lock = try LockFile(path: "\(stateFolder)/\(lockName)")
      storage = try FolderStorage(path: "\(stateFolder)/\(logFolder)")
    } catch { throw .folder(error) }
    let opened: (log: WriteAheadLog, contents: LogContents)
    do throws(LogError) { opened = try WriteAheadLog.open(storage, settings: settings) } catch {
      throw .log(error)
    }
    let state = try replay(opened.contents, folder: storage.path)
    let engine = EmbeddedEngine(lock: lock, folder: storage.path, log: opened.log)
    return Recovery(
      engine: engine, state: state, replayed: opened.contents.entries.count, notes: opened.contents.notes)
  }

  private static func replay(_ contents: LogContents, folder: String) throws(EngineError) -> LeaderState {
    var state = LeaderState()
    if let snapshot = contents.snapshot {
      do throws(WireError) { state = try LeaderState(encoded: snapshot.payload) } catch {
        throw .unreadable(folder: folder, what: "the snapshot of entry \(snapshot.index)", error)
      }
    }
    for bytes in contents.entries {
      let index = state.index + 1
      do throws(WireError) { _ = state.apply(try LogEntry(encoded: bytes), at: index) } catch {
        throw .unreadable(folder: folder, what: "the entry \(index)", error)
      }
    }
    return state
  }

  /// Appends entries without waiting for the disk. When it has failed on a full disk, a part of them may be in the
  /// log; the same call again appends the others.
  public func write(first: LogIndex, entries: [LogEntry]) async throws(EngineError) {
    let end = await log.next
    let known = end > first ? Int(end - first) : 0
    var next = max(first, end)
    var encoded: [[UInt8]] = []
    for (offset, entry) in entries.enumerated().dropFirst(known) {
      do throws(WireError) { encoded.append(try entry.encoded()) } catch {
        throw .unreadable(folder: folder, what: "the entry \(first + LogIndex(offset))", error)
      }
    }
    do throws(LogError) {
      for record in Self.records(of: encoded) {
        try await log.write(first: next, entries: record)
        next += LogIndex(record.count)
      }
    } catch { throw .log(error) }
  }

  /// Entries as they share records: as many as fit into ``recordLimitBytes``, at least one.
  static func records(of entries: [[UInt8]], limitBytes: Int = recordLimitBytes) -> [[[UInt8]]] {
    var records: [[[UInt8]]] = []
    var size = 0
    for entry in entries {
      size += entry.count
      if records.isEmpty || size > limitBytes {
        records.append([])
        size = entry.count
      }
      records[records.count - 1].append(entry)
    }
    return records
  }

  /// Waits until everything up to `index` is on the disk.
  public func synchronize(through index: LogIndex) async throws(EngineError) {
    do throws(LogError) { try await log.synchronize(through: index) } catch { throw .log(error) }
  }

  /// Looks whether the log's files are still in their places.
  public func verify() async throws(EngineError) {
    do throws(LogError) { try await log.verify() } catch { throw .log(error) }
  }

  /// Writes the state, which has everything that was acknowledged, and goes on behind it in new files.
  public func renew(_ state: LeaderState) async throws(EngineError) {
    let payload = try payload(of: state)
    do throws(LogError) {
      try await log.renew(LogSnapshot(index: state.index, payload: payload))
    } catch { throw .log(error) }
  }

  private func payload(of state: LeaderState) throws(EngineError) -> [UInt8] {
    do throws(WireError) { return try state.encoded() } catch {
      throw .unreadable(folder: folder, what: "the snapshot of entry \(state.index)", error)
    }
  }

  /// Stores a snapshot of the state and removes what it makes superfluous.
  public func store(_ state: LeaderState) async throws(EngineError) {
    let payload = try payload(of: state)
    do throws(LogError) {
      try await log.store(LogSnapshot(index: state.index, payload: payload))
    } catch { throw .log(error) }
  }
}
