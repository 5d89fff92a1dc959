import CLinux

/// A pipe (pipe(7)) for what a program prints. Its ends are the caller's to close.
public enum OutputPipe {
  /// The end that is read from, which never waits, and the one for the program.
  public static func make() throws(SystemError) -> (reading: CInt, writing: CInt) {
    var ends: [CInt] = [-1, -1]
    guard dmake_pipe(&ends) == 0 else { throw .last("make", "a pipe") }
    return (ends[0], ends[1])
  }
}
