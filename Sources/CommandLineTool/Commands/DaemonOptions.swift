import ArgumentParser
import GroupProtocol
import Logging
import Model
import Transport

/// What agents and leaders log, and where they keep what must survive them.
struct DaemonOptions: ParsableArguments {
  static let standardStateFolder = "/var/lib/dmake"

  @Option(
    name: .customLong("state-dir"),
    help: ArgumentHelp(
      "The folder for all that must survive a restart; the leader's part is in DIR/leader.",
      discussion: "Without it, DMAKE_STATE_DIR holds, else \(standardStateFolder).", valueName: "dir"),
    completion: .directory)
  var stateFolder: String?

  @Option(help: "The least important messages that are logged.")
  var logLevel: LogLevel = .info

  @Option(help: "Lines for people, or a JSON object a line.")
  var logFormat: LogFormat = .text

  /// As an absolute path: processes that are started have other working folders.
  func stateFolder(_ environment: Environment) throws(CommandFailure) -> String {
    let inherited = environment["DMAKE_STATE_DIR"] ?? ""
    let folder = stateFolder ?? (inherited.isEmpty ? Self.standardStateFolder : inherited)
    return try WorkingFolder.absolute(folder)
  }

  func logger(_ label: String, _ console: Console) -> Logger {
    Logger(label: label) { _ in
      ErrorLogHandler(level: logLevel.level, format: logFormat.format, console: console)
    }
  }
}

/// `--log-level`.
enum LogLevel: String, CaseIterable, ExpressibleByArgument, Sendable {
  case debug, info, warning, error

  var level: Logger.Level {
    switch self {
    case .debug: .debug
    case .info: .info
    case .warning: .warning
    case .error: .error
    }
  }
}

/// `--log-format`.
enum LogFormat: String, CaseIterable, ExpressibleByArgument, Sendable {
  case text, json

  var format: ErrorLogHandler.Format {
    switch self {
    case .text: .text
    case .json: .json
    }
  }
}
