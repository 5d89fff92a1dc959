import Leader
import Logging
import ServiceLifecycle

/// Runs services until SIGTERM or SIGINT, and says as an exit code how they ended.
struct Daemon: Sendable {
  let logger: Logger

  /// Services stop in the reverse order. The first that fails ends all.
  func run(_ services: [any Service]) async throws(CommandFailure) -> ExitStatus {
    let group = ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: services.map {
          .init(
            service: $0, successTerminationBehavior: .gracefullyShutdownGroup,
            failureTerminationBehavior: .gracefullyShutdownGroup)
        }, gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet))
    do { try await group.run() } catch { throw CommandFailure(daemon: error) }
    return .done
  }

  /// The group's own messages are about its bookkeeping.
  private var quiet: Logger {
    var quiet = logger
    quiet.logLevel = .error
    return quiet
  }
}
