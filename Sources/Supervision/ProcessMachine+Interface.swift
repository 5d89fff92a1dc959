public import Model

/// What a process's machine is told, what it asks for, and what it remembers by name.
extension ProcessMachine {
  public enum Phase: Equatable, Sendable {
    case stopped
    /// It ended badly and its policy does not start it again.
    case failed
    case starting
    case running(pid: Int32)
    /// It runs, and its check of readiness has said so.
    case ready(pid: Int32)
    case backOff(until: Instant)
    /// It was told to stop; at `killAt` its session is killed.
    case stopping(pid: Int32, killAt: Instant)

    var runningPID: Int32? {
      switch self {
      case .running(let pid), .ready(let pid): pid
      case .stopped, .failed, .starting, .backOff, .stopping: nil
      }
    }
  }

  public enum Input: Equatable, Sendable {
    /// It should run like this.
    case wanted(ProcessConfiguration, Launch)
    /// It should not run any more.
    case unwanted
    /// It should not run until it is wanted again, which starts it whatever its restart policy says; and has to have
    /// stopped after this grace at most, where there is one.
    case held(grace: Duration?)
    case started(pid: Int32)
    /// It could not be started; the text names the file and the reason.
    case notStarted(String)
    /// The node does not permit it; the text says what, and what decides.
    case refused(String)
    /// What the node permits may have changed.
    case permissionsChanged
    /// - Parameter wasStopped: its keeper's death ended it, or the keeper had stopped it.
    case ended(ProcessEnd, wasStopped: Bool = false)
    /// It ended, and its keeper has started it again then by the ``standingOrder`` that it had.
    case restarted(ProcessEnd, pid: Int32, at: Instant)
    /// What it was started with is not what it would be started with now: its next start is prepared anew.
    case outdated
    /// What an earlier agent left of it: as its keeper knows, and as that agent remembered.
    case kept(KeptProcess, ProcessAccount?)
    /// Files that it is configured by are new, for which it needs this.
    case reconfigured(ReloadNeed)
    /// A look at the start with this number, which ``Effect/look(_:)`` asked for, has shown something.
    case seen(ProbeAnswer, ProbeRequest.Question, start: UInt64)
    /// The start with this number told something of itself.
    case notice(ProcessNotice, start: UInt64)
    /// It wrote its `state.xml`.
    case stateWritten(ago: Duration)
    /// ``deadline`` has come.
    case timer
  }

  public enum Effect: Equatable, Sendable {
    case start(Launch, number: UInt64)
    /// To the process itself.
    case signal(Signal)
    /// To the process and all that it started in its session.
    case signalSession(Signal)
    /// To be answered by ``Input/seen(_:_:start:)``.
    case look(ProbeRequest)
    /// To be reported (`stop-proc`).
    case ended(ProcessEnd)
    /// It ended because it was stopped, and is started again whenever it may: nothing that a rule has to answer.
    case stopped(ProcessEnd)
  }

  /// What becomes of a process in the phase `stopped` once it is wanted as it was before.
  enum Rest: Equatable, Sendable {
    /// It is started: it was stopped, or never ran.
    case stopped
    /// Nothing, by its restart policy.
    case finished
    /// It is started, but not before.
    case due(Instant)
    /// Its restart policy decides.
    case ended(ProcessEnd)
  }

  /// Why a process is being stopped.
  enum StopReason: Equatable, Sendable {
    /// Nobody wants it any more.
    case unwanted
    /// It runs again when it may.
    case held
    /// Something else is to be executed, or its files need a restart.
    case renewed
    /// A failure, although it should run.
    case unwell(String)

    var isFailure: Bool { if case .unwell = self { true } else { false } }
  }
}
