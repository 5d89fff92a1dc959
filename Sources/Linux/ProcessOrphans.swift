import CLinux
import Glibc

/// The descendants of this process that lost their parents: the kernel makes them its own children. For a process of
/// one thread.
public struct Orphans {
  /// From now on orphans come here and not to the system's first process.
  public init() throws(SystemError) {
    guard dmake_adopt_orphans() == 0 else { throw .last("adopt", "orphans of children") }
  }

  /// All children, those that were started here among them, as proc(5) lists them.
  public var children: [Int32] {
    let path = "/proc/self/task/\(getpid())/children"
    guard let bytes = try? Directory.readFile(path: path, limitBytes: 64 << 20) else { return [] }
    // Of thousands, whenever one of them has ended: so without a string for each.
    var children: [Int32] = []
    var number: Int32 = 0
    for byte in bytes {
      if byte == UInt8(ascii: " ") {
        children.append(number)
        number = 0
      } else {
        number = number &* 10 &+ Int32(byte & 0x0f)
      }
    }
    return children
  }

  /// Lets the kernel forget an orphan that has ended; false if it lives.
  public func reap(_ pid: Int32) -> Bool { waitpid(pid, nil, WNOHANG) != 0 }

  /// The variables with which its program was executed; empty where they cannot be read.
  public func environment(of pid: Int32) -> [String] {
    guard let bytes = try? Directory.readFile(path: "/proc/\(pid)/environ", limitBytes: 4 << 20) else {
      return []
    }
    return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
  }

  public func session(of pid: Int32) -> Int32 { getsid(pid) }

  public func kill(_ pid: Int32) { _ = Glibc.kill(pid, SIGKILL) }
}
