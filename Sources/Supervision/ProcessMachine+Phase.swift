extension ProcessMachine {
  /// Whether a process of the operating system may exist for it.
  public var isAlive: Bool {
    switch phase {
    case .starting, .running, .ready, .stopping: true
    case .stopped, .failed, .backOff: false
    }
  }

  /// Whether it stays down because of how it ended, and how often.
  public var hasGivenUp: Bool { phase == .failed && !isRefused }

  public var pid: Int32? {
    switch phase {
    case .running(let pid), .ready(let pid), .stopping(let pid, _): pid
    case .stopped, .failed, .starting, .backOff: nil
    }
  }
}
