import Agent
import Glibc
import GroupProtocol
import Keeper
import Logging
import Model

// An agent that is given one configuration and then left alone, to be killed by a test:
//     AgentFixture STATE-FOLDER DMAKE-CONFIG-XML
Keeper.runIfNamed(CommandLine.arguments)
let arguments = CommandLine.arguments
let settings = AgentSettings(
  name: try NodeName("n1"), stateFolder: arguments[1], leaders: ["fixture"], version: "test")
let service = AgentService(
  settings: settings, dialer: FixtureDialer(configuration: Content(arguments[2])),
  logger: Logger(label: "fixture") { _ in SwiftLogNoOpLogHandler() })
do {
  _ = try await service.runUntilExit()
} catch {
  print(error)
  exit(1)
}
