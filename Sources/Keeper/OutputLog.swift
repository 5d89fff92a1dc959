import Glibc
import Linux
import Model
import Supervision

/// What a process writes to its standard output and error: it goes through a FIFO to a file, a line at a time, each
/// behind the time at which it came (RFC 3339, UTC).
///
/// The process's end of the FIFO is open for reading too, as fifo(7) allows. So it never gets SIGPIPE: when the keeper
/// dies the FIFO fills up and the process waits, until the next keeper reads on where this one stopped.
final class OutputLog {
  /// Of a longer line each part of this size is a line of the log, cut before a character of UTF-8 rather than within.
  static let lineLimitBytes = 16 << 10
  /// Stands behind each part but the last.
  static let continuation = Array(" [continues]".utf8)
  /// One process that writes without end must not keep the others waiting.
  private static let turnLimitBytes = 256 << 10

  private static let writeLimitBytes = 64 << 10

  /// Readable when there is output.
  let descriptor: CInt
  var size = LogSize.standard
  private let pipePath: String
  private let folder: Directory
  private let name: String
  private var file: CInt = -1
  /// Of what is open, which somebody may rename or remove.
  private var identity: FileStatus.Identity?
  private var line: [UInt8] = []
  /// Whole lines that are about to be written.
  private var text: [UInt8] = []
  private var lostBytes = 0
  /// The time of what is taken now.
  private var stamp: [UInt8] = []

  init(_ process: ProcessName, run: Directory, log: Directory) throws(SystemError) {
    name = "\(process).log"
    folder = log
    // No process has a name with `~`, so this is no other one's record.
    pipePath = "\(run.path)/\(process)~out"
    if mkfifo(pipePath, 0o600) != 0, errno != EEXIST { throw SystemError(errno, "make the FIFO", pipePath) }
    descriptor = Glibc.open(pipePath, O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { throw SystemError(errno, "open the FIFO", pipePath) }
    var status = stat()
    // What was opened is closed by `deinit`, also after an error here.
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFIFO else {
      throw SystemError(EEXIST, "open the FIFO", pipePath, detail: "it is something else; remove it")
    }
  }

  deinit {
    Glibc.close(descriptor)
    close()
  }

  /// The process's end; the caller closes it.
  func openForChild(_ account: UserAccount?) throws(SystemError) -> CInt {
    let end = Glibc.open(pipePath, O_RDWR | O_NOFOLLOW | O_CLOEXEC)
    guard end >= 0 else { throw SystemError(errno, "open the FIFO", pipePath) }
    // What the process opens as /dev/stdout is this file again.
    if let account { fchown(end, account.user, account.group) }
    return end
  }

  /// Whether a process of this user may have the FIFO: of one that was another user's, something of that user may still
  /// be reading.
  func maySpeak(_ user: UInt32) -> Bool {
    var status = stat()
    return fstat(descriptor, &status) == 0 && [user, geteuid()].contains(status.st_uid)
  }

  func remove() { unlink(pipePath) }

  /// Takes what is there; all of it where the process has `ended`.
  func drain(hasEnded: Bool = false) {
    var taken = 0
    while taken < Self.turnLimitBytes {
      var isInterrupted = false
      let bytes = [UInt8](unsafeUninitializedCapacity: 64 << 10) { room, count in
        let result = read(descriptor, room.baseAddress, room.count)
        isInterrupted = result < 0 && errno == EINTR
        count = max(0, result)
      }
      if isInterrupted { continue }
      if bytes.isEmpty { break }
      // A process that ends has mostly said all before.
      if taken == 0 { stamp = Self.stamp() }
      taken += bytes.count
      append(bytes[...])
    }
    if hasEnded, !line.isEmpty {
      if taken == 0 { stamp = Self.stamp() }
      endLine()
    }
    write()
  }

  private static func stamp() -> [UInt8] { Array("\(WallTime(milliseconds: wallTime().milliseconds)) ".utf8) }

  private func append(_ bytes: ArraySlice<UInt8>) {
    var rest = bytes
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      extend(with: rest[..<end])
      endLine()
      rest = rest[(end + 1)...]
    }
    extend(with: rest)
  }

  private func extend(with bytes: ArraySlice<UInt8>) {
    line += bytes
    while line.count > Self.lineLimitBytes {
      let rest = line[Self.cut(of: line)...]
      line.removeLast(rest.count)
      endLine(Self.continuation)
      line = Array(rest)
    }
  }

  /// Where a part of a line that is too long ends. A character has at most four bytes (RFC 3629).
  private static func cut(of line: [UInt8]) -> Int {
    let isInside = { (byte: UInt8) in byte & 0b1100_0000 == 0b1000_0000 }
    return (lineLimitBytes - 3...lineLimitBytes).last { !isInside(line[$0]) } ?? lineLimitBytes
  }

  private func endLine(_ mark: [UInt8] = []) {
    if text.count + stamp.count + line.count > min(Self.writeLimitBytes, size.bytes) { write() }
    text += stamp
    text += line
    text += mark
    text.append(UInt8(ascii: "\n"))
    line.removeAll(keepingCapacity: true)
  }

  /// What a full disk does not take is lost, and told in its place once there is room: a process must not stand still
  /// because nobody can keep what it says.
  private func write() {
    if text.isEmpty { return }
    let outputBytes = text.count
    defer { text.removeAll(keepingCapacity: true) }
    let sizeBytes = currentSizeBytes
    if sizeBytes > 0, sizeBytes + text.count > size.bytes { rotate() }
    if file < 0 { open() }
    if lostBytes > 0 { text = stamp + Array("dmake: \(lostBytes) bytes of output are lost\n".utf8) + text }
    var written = 0
    while file >= 0, written < text.count {
      let count = text.withUnsafeBytes {
        Glibc.write(file, $0.baseAddress?.advanced(by: written), $0.count - written)
      }
      if count < 0, errno == EINTR { continue }
      if count <= 0 { break }
      written += count
    }
    if written == text.count {
      lostBytes = 0
    } else {
      // Half a line would stand before what is told of it.
      var status = stat()
      if written > 0, fstat(file, &status) == 0 { ftruncate(file, status.st_size - off_t(written)) }
      lostBytes += outputBytes
    }
  }

  /// Of the file that has the log's name: where it is another one than was opened, or none, that one is left.
  private var currentSizeBytes: Int {
    guard file >= 0, let status = try? folder.status(name), status.identity == identity else {
      close()
      return 0
    }
    return status.sizeBytes
  }

  private func close() {
    if file >= 0 { Glibc.close(file) }
    file = -1
  }

  private func open() {
    let path = "\(folder.path)/\(name)"
    file = Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0o640)
    let status = file < 0 ? nil : try? folder.status(name)
    identity = status?.identity
    if let status, status.sizeBytes > size.bytes { rotate() }
  }

  private func rotate() {
    let path = "\(folder.path)/\(name)"
    for number in stride(from: size.keep - 1, through: 1, by: -1) {
      rename("\(path).\(number)", "\(path).\(number + 1)")
    }
    if size.keep > 0 { rename(path, "\(path).1") } else { unlink(path) }
    close()
    open()
  }
}
