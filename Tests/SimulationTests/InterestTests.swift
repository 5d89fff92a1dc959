import GroupProtocol
import Model
import Testing

@Suite("Agents send through the log only what the policy reads")
struct InterestTests {
  /// Counts the state files in the log.
  private struct ReportCounter: Checker {
    static let name = "reports"
    var count = 0
    mutating func observe(_ observation: Observation, at now: Instant) throws(Violation) {
      if case .logged(.reported(_, _, let report), _) = observation, case .state = report.body { count += 1 }
    }
  }

  /// Two nodes with `db` and `web`, of whose states the policy reads `web`'s rate, and all that counts reports.
  private func settledWorld(bug: PlantedBug? = nil) throws -> World {
    var options = SimulationOptions(seed: 4)
    options.agents = 2
    options.processEndsPerMille = 0
    options.activationsPerMille = 0
    options.isInterestExact = true
    var world = try World(options, bug: bug, checkers: [ReportCounter(), ConvergenceChecker()])
    world.network.isCalm = true
    try world.begin()
    try world.pass(.seconds(20))
    world.isCalm = true
    try world.activate(policy: 3)
    try world.pass(.seconds(20))
    #expect(world.isAtRest)
    return world
  }

  /// How many reports the log gets when these states are written one after the other, a second apart.
  private func reports(_ world: inout World, _ process: String, _ states: [String]) throws -> Int {
    let before = (world.checkers[0] as? ReportCounter)?.count ?? 0
    let file = try NodeFile(ProcessName(process), TreePath.stateFile)
    for state in states {
      world.change(file, 0, to: Content(state))
      try world.pass(.seconds(1))
    }
    try world.pass(.seconds(5))
    return ((world.checkers[0] as? ReportCounter)?.count ?? 0) - before
  }

  private func stateOfWeb(_ world: World) throws -> String? {
    world.leader?.state.tree[TreePath(world.agents[0].name, try NodeFile("web/state.xml"))]?.content.text
  }

  @Test("what nobody reads changes without the log")
  func unread() throws {
    var world = try settledWorld()
    #expect(try reports(&world, "db", (1...100).map { "rate=\($0) noise=\($0)" }) == 0)
    #expect(try reports(&world, "web", ["rate=700 noise=1"]) == 1)
    let rounds = world.leader?.state.rounds
    #expect(try reports(&world, "web", (2...100).map { "rate=700 noise=\($0)" }) == 0)
    #expect(world.leader?.state.rounds == rounds)
    #expect(
      try reports(&world, "web", ["rate=800 noise=101", "rate=800 noise=102", "rate=700 noise=103"]) == 2)
    try world.conclude()

    // An agent that was never told what is read sends all of it.
    var other = try settledWorld(bug: .interestsAreLost)
    #expect(try reports(&other, "db", (1...100).map { "rate=\($0)" }) == 100)
  }

  @Test("what a new policy reads arrives, and what no policy reads any more stays away")
  func growth() throws {
    var world = try settledWorld()
    #expect(try reports(&world, "web", ["rate=700 load=1", "rate=700 load=2"]) == 1)
    #expect(try stateOfWeb(world) == "rate=700 load=1")
    try world.activate(policy: 1)
    try world.pass(.seconds(10))
    #expect(try stateOfWeb(world) == "rate=700 load=2")
    #expect(try reports(&world, "web", ["rate=700 load=3", "rate=700 load=3 noise=1"]) == 1)
    try world.activate(policy: 3)
    try world.pass(.seconds(10))
    #expect(try reports(&world, "web", ["rate=700 load=4", "rate=700 load=5"]) == 0)
    try world.conclude()
  }

  @Test("a file that comes or goes is told whatever is read of it")
  func existence() throws {
    var world = try settledWorld()
    let file = try NodeFile("db/state.xml")
    let path = TreePath(world.agents[0].name, file)
    world.change(file, 0, to: nil)
    try world.pass(.seconds(5))
    #expect(world.leader?.state.tree[path] == nil)
    world.change(file, 0, to: Content("rate=1"))
    try world.pass(.seconds(5))
    #expect(world.leader?.state.tree[path]?.content.text == "rate=1")
    world.change(file, 0, to: Content("rate=2"))
    try world.pass(.seconds(5))
    #expect(world.leader?.state.tree[path]?.content.text == "rate=1")
  }

  @Test(
    "what is read is known in the end, wherever in a change of policies a state changes",
    arguments: 0...40 as ClosedRange<Int>)
  func race(milliseconds: Int) throws {
    var world = try settledWorld()
    #expect(try reports(&world, "web", ["rate=700 load=1"]) == 1)
    try world.activate(policy: 1)
    try world.pass(.milliseconds(milliseconds * 25))
    world.change(try NodeFile("web/state.xml"), 0, to: Content("rate=700 load=2"))
    try world.pass(.seconds(20))
    #expect(try stateOfWeb(world) == "rate=700 load=2")
    #expect(world.isAtRest)
    try world.conclude()
  }
}
