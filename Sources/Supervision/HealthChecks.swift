import Model

/// How it is found out whether a process is well.
public enum Probe: Hashable, Sendable {
  /// The process tells by itself (`READY=1` and `WATCHDOG=1` of sd_notify(3)).
  case notify
  /// A file of this name is in the process's folder, and new.
  case file(String)
  /// A connection is accepted there: an IP address and a port.
  case tcp(SocketAddress)
  /// A command with the process's rights, environment and folder exits with code 0.
  case command([String])
}

/// `ADDRESS:PORT`, an IPv6 address in brackets. Never a name: looking it up could take longer than any check.
public struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
  public let host: String
  public let port: UInt16

  /// Nil where the form is another one; whether the address makes sense is seen when it is used.
  public init?(_ text: String) {
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]), port > 0
    else {
      return nil
    }
    let host = text[..<colon]
    let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
    let bare = isBracketed ? host.dropFirst().dropLast() : host
    let allowed = isBracketed ? "0123456789abcdefABCDEF:." : "0123456789."
    guard !bare.isEmpty, bare.allSatisfy({ allowed.contains($0) }) else { return nil }
    self.host = String(bare)
    self.port = port
  }

  public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// What a process must show to be well; all of it holds for a running process as soon as it is configured.
public struct HealthChecks: Hashable, Sendable {
  /// When a started process is ready, once for each start.
  public struct Readiness: Hashable, Sendable {
    public var probe: Probe
    /// One that is not ready by then is stopped, and its end counts as a failure.
    public var within = Duration.seconds(60)
    /// From one look to the next.
    public var every = Duration.milliseconds(250)
    /// How long one look may take.
    public var timeout = Duration.seconds(5)
    public init(_ probe: Probe) { self.probe = probe }
  }

  /// Whether it still works: looked at from when it is ready on.
  public struct Liveness: Hashable, Sendable {
    public var probe: Probe
    public var every = Duration.seconds(10)
    public var timeout = Duration.seconds(5)
    /// After so many failed looks in a row it is stopped, and its end counts as a failure.
    public var failures = 3
    public init(_ probe: Probe) { self.probe = probe }

    /// How long a process that tells by itself may be silent.
    public var silence: Duration { every * failures }
  }

  public var readiness: Readiness?
  public var liveness: Liveness?
  /// A `state.xml` that was not written for this long is stale.
  public var staleAfter: Duration?

  public init() {}

  /// Whether ``HealthMonitor`` has something to report of such a process.
  public var areReported: Bool { readiness != nil || staleAfter != nil }
  /// The commands that look at it.
  public var commands: [[String]] {
    [readiness?.probe, liveness?.probe].compactMap {
      if case .command(let command) = $0 { command } else { nil }
    }
  }
  public var areNotified: Bool { readiness?.probe == .notify || liveness?.probe == .notify }
}

/// A look at a process that is to be taken.
public struct ProbeRequest: Hashable, Sendable {
  public enum Question: Hashable, Sendable, CaseIterable { case readiness, liveness }

  public let question: Question
  public let probe: Probe
  public let timeout: Duration
  /// How old a file may be; nil: it only has to be there.
  public let maximumAge: Duration?

  public init(_ question: Question, _ probe: Probe, timeout: Duration, maximumAge: Duration? = nil) {
    self.question = question
    self.probe = probe
    self.timeout = timeout
    self.maximumAge = maximumAge
  }
}

/// What a look showed.
public enum ProbeAnswer: Hashable, Sendable {
  case well
  /// The text says what was seen.
  case unwell(String)
  /// The node does not permit the look, so nothing is known of the process; the text says what decides.
  case refused(String)
}

/// What a process tells of itself (sd_notify(3)).
public enum ProcessNotice: Hashable, Sendable {
  case ready
  /// It works (`WATCHDOG=1`).
  case alive
}
