import Glibc

/// inotify(7) over folders: tells which names in them were written. For one thread.
public final class FolderWatch {
  public enum Change: Hashable, Sendable {
    /// The name was written, moved in or out, linked or deleted.
    case changed(watch: Int32, name: String)
    /// A name came into being; if it is a file that is being written, a change follows.
    case created(watch: Int32, name: String)
    /// The folder itself is gone.
    case lost(watch: Int32)
    /// The kernel had more to tell than it could keep: everything must be looked at.
    case overflow
  }

  public let descriptor: CInt
  private var buffer = [UInt8](repeating: 0, count: 64 << 10)

  public init() throws(SystemError) {
    descriptor = inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK))
    guard descriptor >= 0 else {
      let detail =
        errno == EMFILE
        ? "no descriptor is left, or the user's limit of instances is reached; raise fs.inotify.max_user_instances"
        : nil
      throw SystemError(errno, "create", "inotify", detail: detail)
    }
  }

  deinit { close(descriptor) }

  /// Watches a folder; answers what its changes are told under. With attributes, times and modes count as changes.
  public func add(_ path: String, withAttributes: Bool = false) throws(SystemError) -> Int32 {
    let wanted: [UInt32] = [
      UInt32(IN_CLOSE_WRITE), UInt32(IN_MOVED_TO), UInt32(IN_MOVED_FROM), UInt32(IN_CREATE), UInt32(IN_DELETE),
      UInt32(IN_MOVE_SELF), UInt32(IN_ONLYDIR), UInt32(IN_DONT_FOLLOW),
      withAttributes ? UInt32(IN_ATTRIB) : 0,
    ]
    let watch = inotify_add_watch(descriptor, path, wanted.reduce(0, |))
    guard watch >= 0 else {
      let detail =
        errno == ENOSPC ? "the user's limit of watches is reached; raise fs.inotify.max_user_watches" : nil
      throw SystemError(errno, "watch the folder", path, detail: detail)
    }
    return watch
  }

  public func remove(_ watch: Int32) { inotify_rm_watch(descriptor, watch) }

  /// What has happened; does not wait.
  public func read() -> [Change] {
    var changes: [Change] = []
    while true {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count <= 0 { return changes }
      changes += parse(count)
    }
  }

  private func parse(_ count: Int) -> [Change] {
    var changes: [Change] = []
    let header = MemoryLayout<inotify_event>.size
    buffer.withUnsafeBytes { bytes in
      var offset = 0
      while offset + header <= count {
        let event = bytes.loadUnaligned(fromByteOffset: offset, as: inotify_event.self)
        let name = bytes[(offset + header)..<(offset + header + Int(event.len))].prefix { $0 != 0 }
        if let change = Self.change(event, String(decoding: name, as: UTF8.self)) { changes.append(change) }
        offset += header + Int(event.len)
      }
    }
    return changes
  }

  private static func change(_ event: inotify_event, _ name: String) -> Change? {
    func has(_ flag: some BinaryInteger) -> Bool { event.mask & UInt32(flag) != 0 }
    if has(IN_Q_OVERFLOW) { return .overflow }
    if has(IN_IGNORED) || has(IN_MOVE_SELF) { return .lost(watch: event.wd) }
    if name.isEmpty { return nil }
    return has(IN_CREATE) ? .created(watch: event.wd, name: name) : .changed(watch: event.wd, name: name)
  }
}
