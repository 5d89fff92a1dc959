import Glibc

/// A descriptor that is kept for what must be possible also when no other is left: to accept a connection, or to list
/// a folder of /proc. For a process of one thread.
public final class SpareDescriptor {
  private var descriptor: CInt = -1

  public init() { take() }

  deinit { release() }

  /// Runs what needs a descriptor for a moment.
  public func lend<Result>(_ body: () -> Result) -> Result {
    release()
    defer { take() }
    return body()
  }

  private func take() { descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC) }

  private func release() {
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
  }
}
