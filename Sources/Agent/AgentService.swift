public import GroupProtocol
public import Logging
public import ServiceLifecycle
import Synchronization

/// The agent of a node as a service: until it is shut down it keeps the node's processes and a link to a leader.
///
/// A graceful shutdown (SIGTERM and SIGINT, as the service group is set up) stops the processes and says goodbye.
/// SIGQUIT ends the agent and leaves them running; so does a cancelled task, since what went wrong elsewhere is no
/// reason to stop an application. SIGHUP has the agent look for its name again.
public struct AgentService: Service {
  private let settings: AgentSettings
  private let dialer: any LeaderDialer
  private let logger: Logger

  public init(settings: AgentSettings, dialer: any LeaderDialer, logger: Logger) {
    self.settings = settings
    self.dialer = dialer
    self.logger = logger
  }

  /// Returns when the agent has ended as it was asked to; an ``AgentError`` says why it ended otherwise.
  public func run() async throws {
    let exit = try await runUntilExit()
    if case .refused(let reason) = exit { throw AgentError(.refused, reason) }
    if case .abandoned = exit { throw AgentError(.abandoned, "\(exit)") }
  }

  /// As ``run()``, but says how the agent ended.
  public func runUntilExit() async throws -> AgentExit {
    let mailbox: AgentMailbox
    do { mailbox = try AgentMailbox() } catch { throw AgentError(.system, error.description) }
    // Before the agent does anything that somebody may see and answer by a signal.
    await AgentSignals.shared.tell(mailbox)
    defer { AgentSignals.shared.forget(mailbox) }
    let (commands, links) = AsyncStream<LinkCommand>.makeStream()
    let outcome = AgentOutcome()
    try AgentThread.start { [settings, logger] in
      outcome.set(
        Result { () throws(AgentError) in
          try AgentLoop(settings: settings, mailbox: mailbox, links: links, logger: logger).run()
        })
      // Ends what waits below.
      links.finish()
    }
    await withTaskCancellationHandler {
      await withGracefulShutdownHandler {
        await LinkRunner(dialer: dialer, mailbox: mailbox).run(commands)
      } onGracefulShutdown: {
        mailbox.post(.input(.stop))
      }
    } onCancel: {
      mailbox.post(.input(.leave))
    }
    return try await outcome.get()
  }
}

/// How the agent's thread ended, for the task that waits for it.
private final class AgentOutcome: Sendable {
  private let result = Mutex<Result<AgentExit, AgentError>?>(nil)
  private let (ended, end) = AsyncStream<Never>.makeStream()

  func set(_ outcome: Result<AgentExit, AgentError>) {
    result.withLock { $0 = outcome }
    end.finish()
  }

  /// Waits also in a cancelled task: the thread uses the state folder until it has ended.
  func get() async throws(AgentError) -> AgentExit {
    while true {
      if let outcome = result.withLock({ $0 }) { return try outcome.get() }
      for await _ in ended {}
      if Task.isCancelled { await Task.yield() }
    }
  }
}
