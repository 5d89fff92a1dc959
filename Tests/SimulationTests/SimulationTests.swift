import Glibc
import GroupProtocol
import Model
import Testing

/// As TigerBeetle's VOPR: a seeded world of faults, then peace in which the world must come to rest.
/// `DMAKE_SIM_SEED=N` replays one history, `DMAKE_SIM_SEEDS=N` runs that many.
@Suite("One leader and many agents in a simulated world")
struct SimulationTests {
  static let seeds: ClosedRange<UInt64> = {
    func number(_ name: String) -> UInt64? { getenv(name).flatMap { UInt64(String(cString: $0)) } }
    if let seed = number("DMAKE_SIM_SEED") { return seed...seed }
    let first = number("DMAKE_SIM_FIRST") ?? 1
    return first...(first + (number("DMAKE_SIM_SEEDS") ?? 40) - 1)
  }()

  @Test("all promises are kept in worlds with all kinds of trouble", arguments: seeds)
  func unquiet(seed: UInt64) throws {
    let options = SimulationOptions.unquiet(seed: seed)
    var world = try World(options, checkers: Self.checkers)
    try Self.run(&world)
  }

  @Test(
    "leases tell who lives, in worlds whose network has no faults", arguments: 1...10 as ClosedRange<UInt64>)
  func calm(seed: UInt64) throws {
    var world = try Self.worldWithAQuietNetwork(seed: seed, bug: nil)
    try Self.loseOneAgent(&world)
  }

  @Test("the same seed is the same history")
  func determinism() throws {
    let traces = try (0..<2).map { _ in
      var world = try World(SimulationOptions.unquiet(seed: 5), checkers: [])
      world.keepsTrace = true
      try world.run()
      return world.trace
    }
    #expect(traces[0] == traces[1] && !traces[0].isEmpty)
  }

  static var checkers: [any Checker] {
    [
      VersionChecker(), EventChecker(), AcknowledgementChecker(), ConvergenceChecker(), FenceChecker(),
      ExclusiveChecker(), RemovalChecker(),
    ]
  }

  /// Runs a world; a failure says all that is needed to see it again.
  static func run(_ world: inout World) throws {
    world.keepsTrace = getenv("DMAKE_SIM_SEED") != nil
    do {
      try world.run()
    } catch {
      Issue.record(
        "\(error)\nreplay with DMAKE_SIM_SEED=\(world.options.seed)\n\(world.options)\n\(world.trace.joined(separator: "\n"))"
      )
    }
  }

  static func worldWithAQuietNetwork(seed: UInt64, bug: PlantedBug?) throws -> World {
    var options = SimulationOptions(seed: seed)
    options.agents = 4
    let timing = try World(options, checkers: []).timing
    return try World(options, bug: bug, checkers: [LeaseChecker(timing: timing, slack: .seconds(5))])
  }

  /// All run for a while, then one machine dies.
  static func loseOneAgent(_ world: inout World) throws {
    world.network.isCalm = true
    try world.begin()
    try world.pass(.seconds(40))
    world.gone.insert(2)
    try world.crashAgent(2)
    try world.pass(.seconds(40))
    #expect(world.leader?.state.members.count == 3)
  }
}
