import Model
import Supervision
import Testing

/// A suite about one process: its state machine, the time, and what the machine is told to run.
protocol MachineSuite {
  var machine: ProcessMachine { get set }
  var now: Instant { get set }
  var process: ProcessConfiguration { get set }
}

extension MachineSuite {
  static func web() throws -> ProcessConfiguration {
    ProcessConfiguration(name: try ProcessName("web"), executable: "/bin/web")
  }

  func launch() throws -> Launch {
    try #require(NodeConfiguration(environment: [:], processes: [process]).launch(of: process.name))
  }

  mutating func step(_ input: ProcessMachine.Input) -> [ProcessMachine.Effect] { machine.step(input, at: now) }

  mutating func want() throws -> [ProcessMachine.Effect] { step(.wanted(process, try launch())) }

  /// The process as an earlier agent left it.
  func kept(
    _ state: KeptProcess.State, starts: UInt64, wasStopped: Bool = false, _ account: ProcessAccount? = nil
  ) throws -> ProcessMachine.Input {
    .kept(
      KeptProcess(
        name: process.name, launch: try launch().digest, number: starts, state: state, wasStopped: wasStopped,
        since: .zero), account)
  }

  /// What starting it brings.
  @discardableResult
  mutating func run(pid: Int32 = 100) throws -> [ProcessMachine.Effect] {
    _ = try want()
    return step(.started(pid: pid))
  }
}
