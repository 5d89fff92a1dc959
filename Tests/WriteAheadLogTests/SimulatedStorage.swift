import Glibc
import Linux
import Synchronization
import WriteAheadLog

/// A folder in memory with a page cache in front of its disk, which fails when it is told to.
final class SimulatedStorage: LogStorage {
  struct File: Equatable {
    /// What a process reads.
    var cached: [UInt8]
    /// What a power failure surely leaves.
    var onDisk: [UInt8]
    var number: UInt64 = 0
  }

  struct State {
    var files: [String: File] = [:]
    /// Removed, and perhaps not on the disk.
    var removed: [String: File] = [:]
    /// How many more changing calls succeed before everything fails; nil is no limit.
    var callsLeft: Int?
    var capacityBytes = Int.max
    var failsToSynchronize = false
    var synchronizations = 0
    var writes: UInt64 = 0
  }

  let path = "/log"
  let state: Mutex<State>

  init(_ files: [String: File] = [:]) { state = Mutex(State(files: files)) }

  convenience init(contents: [String: [UInt8]]) {
    self.init(contents.mapValues { File(cached: $0, onDisk: $0) })
  }

  var contents: [String: [UInt8]] { state.withLock { $0.files.mapValues(\.cached) } }

  /// Counts a changing call. The one at which the machine stops has half of its effect.
  fileprivate func call<Result>(
    _ operation: String, _ name: String, _ body: (inout State, _ isLast: Bool) -> Result
  ) throws(SystemError) -> Result {
    let outcome: Result? = state.withLock { state in
      guard let left = state.callsLeft else { return body(&state, false) }
      if left == 1 { _ = body(&state, true) }
      state.callsLeft = max(0, left - 1)
      return left > 1 ? body(&state, false) : nil
    }
    guard let outcome else { throw SystemError(EIO, operation, "\(path)/\(name)") }
    return outcome
  }

  func names() throws(SystemError) -> [String] { state.withLock { Array($0.files.keys) } }

  func read(_ name: String) throws(SystemError) -> [UInt8] {
    let bytes = state.withLock { $0.files[name]?.cached }
    guard let bytes else { throw SystemError(ENOENT, "read", "\(path)/\(name)") }
    return bytes
  }

  func write(_ name: String, _ bytes: [UInt8]) throws(SystemError) {
    let hasRoom = try call("write", name) { state, isLast in
      let used = state.files.filter { $0.key != name }.values.reduce(0) { $0 + $1.cached.count }
      guard used + bytes.count <= state.capacityBytes else { return false }
      state.writes += 1
      if !isLast { state.files[name] = File(cached: bytes, onDisk: bytes, number: state.writes) }
      return true
    }
    guard hasRoom else { throw SystemError(ENOSPC, "write", "\(path)/\(name)") }
  }

  func open(_ name: String) throws(SystemError) -> any LogFile {
    guard let identity = try identity(of: name) else { throw SystemError(ENOENT, "open", "\(path)/\(name)") }
    return SimulatedFile(storage: self, name: name, identity: identity)
  }

  func identity(of name: String) throws(SystemError) -> LogFileIdentity? {
    state.withLock { $0.files[name].map { LogFileIdentity(device: 0, inode: $0.number) } }
  }

  func reopened() throws(SystemError) -> any LogStorage { self }

  func remove(_ name: String) throws(SystemError) {
    try call("remove", name) { state, isLast in
      if !isLast, let file = state.files.removeValue(forKey: name) { state.removed[name] = file }
    }
  }

  /// The folder as a machine finds it that lost its power: what was not synchronised is there sector by sector or
  /// not, and removed files may be back.
  func afterPowerFailure(using random: inout SeededGenerator) -> SimulatedStorage {
    let (files, removed) = state.withLock { ($0.files, $0.removed) }
    var found: [String: [UInt8]] = [:]
    for (name, file) in files.sorted(by: { $0.key < $1.key }) {
      found[name] = Self.torn(file, using: &random)
    }
    for (name, file) in removed.sorted(by: { $0.key < $1.key }) where random.chance(1, of: 3) {
      found[name] = file.onDisk
    }
    return SimulatedStorage(contents: found)
  }

  private static func torn(_ file: File, using random: inout SeededGenerator) -> [UInt8] {
    let sector = 64
    let shortest = min(file.onDisk.count, file.cached.count)
    let longest = max(file.onDisk.count, file.cached.count)
    var bytes = [UInt8](repeating: 0, count: Int.random(in: shortest...longest, using: &random))
    for start in stride(from: 0, to: bytes.count, by: sector) {
      let source = random.chance(1, of: 2) ? file.cached : file.onDisk
      for offset in start..<min(start + sector, bytes.count) {
        bytes[offset] = offset < source.count ? source[offset] : 0
      }
    }
    return bytes
  }
}

private struct SimulatedFile: LogFile {
  let storage: SimulatedStorage
  let name: String
  let identity: LogFileIdentity

  func write(_ bytes: [UInt8], at offset: Int) throws(SystemError) {
    let hasRoom = try storage.call("write", name) { state, isLast in
      let used = state.files.values.reduce(0) { $0 + $1.cached.count }
      let room = state.capacityBytes - used
      let written = isLast ? bytes.count / 2 : min(bytes.count, room)
      var cached = Array((state.files[name]?.cached ?? []).prefix(offset))
      cached += bytes.prefix(written)
      state.files[name]?.cached = cached
      return written == bytes.count
    }
    guard hasRoom else { throw SystemError(ENOSPC, "write", "\(storage.path)/\(name)") }
  }

  func synchronize() throws(SystemError) {
    let succeeded = try storage.call("synchronize", name) { state, isLast in
      if state.failsToSynchronize { return false }
      state.synchronizations += 1
      if !isLast, let cached = state.files[name]?.cached { state.files[name]?.onDisk = cached }
      return true
    }
    guard succeeded else { throw SystemError(EIO, "synchronize", "\(storage.path)/\(name)") }
  }

  func truncate(to lengthBytes: Int) throws(SystemError) {
    try storage.call("truncate", name) { state, isLast in
      guard !isLast, let cached = state.files[name]?.cached else { return }
      state.files[name]?.cached = Array(cached.prefix(lengthBytes))
    }
  }
}

/// SplitMix64 (Steele, Lea and Flood, 2014): every run of a seed is the same.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  mutating func chance(_ part: Int, of whole: Int) -> Bool { Int.random(in: 0..<whole, using: &self) < part }
}
