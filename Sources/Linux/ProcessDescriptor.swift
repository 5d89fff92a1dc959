import CLinux
import Glibc

/// A pidfd (pidfd_open(2)): a process that cannot be mistaken for a later one with the same number, and that poll(2)
/// tells the end of.
public final class ProcessDescriptor: Sendable {
  /// How a child ended, as waitid(2) tells.
  public enum End: Hashable, Sendable {
    case exited(code: Int32)
    case signalled(Int32)
    /// Not a child of this process, so the kernel does not tell.
    case unknown
  }

  public let pid: Int32
  /// Readable once the process has ended.
  public let descriptor: CInt

  init(pid: Int32, owning descriptor: CInt) {
    self.pid = pid
    self.descriptor = descriptor
  }

  public init(pid: Int32) throws(SystemError) {
    let descriptor = dmake_pidfd_open(pid)
    guard descriptor >= 0 else { throw .last("open the process", String(pid)) }
    self.pid = pid
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// False if the process has ended.
  @discardableResult
  public func signal(_ number: Int32) -> Bool { dmake_pidfd_signal(descriptor, number) == 0 }

  /// Whether the process has ended; a child of this process stays a zombie, so its number stays its own.
  public var hasEnded: Bool {
    var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return Glibc.poll(&poll, 1, 0) > 0
  }

  /// Lets the kernel forget a process that has ended, and says how it did; nil if it runs.
  public func reap() -> End? {
    var code: CInt = 0
    var status: CInt = 0
    switch dmake_pidfd_wait(descriptor, 0, &code, &status) {
    case 1: return code == Int32(CLD_EXITED) ? .exited(code: status) : .signalled(status)
    case 0: return nil
    default: return hasEnded ? .unknown : nil
    }
  }
}
