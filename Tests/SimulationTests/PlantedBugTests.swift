import GroupProtocol
import Model
import Testing

/// A checker that never fires shows nothing: each of them is shown a world that breaks its promise.
@Suite("Each checker catches a bug that was planted for it")
struct PlantedBugTests {
  @Test(
    "the checker fires",
    arguments: [
      (PlantedBug.writesOldFile, VersionChecker.name),
      (.forgetsStamps, VersionChecker.name),
      (.diskForgets, AcknowledgementChecker.name),
      (.acknowledgesEarly, AcknowledgementChecker.name),
      (.numbersAnew, EventChecker.name),
      (.configurationsAreLost, ConvergenceChecker.name),
      (.fenceIsForgotten, FenceChecker.name),
      (.ordersOutliveFence, FenceChecker.name),
      (.eventsAreIgnored, ConvergenceChecker.name),
      (.interestIsTooNarrow, ConvergenceChecker.name),
      (.interestIsToldOnce, ConvergenceChecker.name),
      (.settlesEarly, ExclusiveChecker.name),
      (.settlesEarly, FenceChecker.name),
      (.failuresTake, RemovalChecker.name),
    ])
  func fires(bug: PlantedBug, checker: String) throws {
    var options = SimulationOptions(seed: 3)
    options.patience = .seconds(30)
    options.agentCrashesPerMille = 30
    options.leaderCrashesPerMille = bug == .diskForgets || bug == .forgetsStamps ? 30 : 0
    options.logLossesPerMille = bug == .forgetsStamps ? 500 : 0
    options.processEndsPerMille = 150
    options.agentStandsStillPerMille = bug == .ordersOutliveFence ? 30 : 0
    options.partitionsPerMille = bug == .settlesEarly || bug == .failuresTake ? 30 : 0
    options.failuresPerMille = bug == .failuresTake ? 300 : 0
    options.lostPerMille = bug == .numbersAnew ? 100 : 0
    options.slowestDiskMilliseconds = 200
    options.isInterestExact = bug == .interestIsTooNarrow || bug == .interestIsToldOnce
    var fired: Violation?
    for seed in 1...100 as ClosedRange<UInt64> where fired == nil {
      options.seed = seed
      let wanted = SimulationTests.checkers.filter { type(of: $0).name == checker }
      var world = try World(options, bug: bug, checkers: wanted)
      do { try world.run() } catch let violation as Violation { fired = violation }
    }
    #expect(fired?.checker == checker)
  }

  @Test("the checker of leases fires", arguments: [PlantedBug.clockStands, .clockRaces])
  func leases(bug: PlantedBug) throws {
    var world = try SimulationTests.worldWithAQuietNetwork(seed: 1, bug: bug)
    let violation = #expect(throws: Violation.self) { try SimulationTests.loseOneAgent(&world) }
    #expect(violation?.checker == LeaseChecker.name)
  }

  @Test("no bug, no alarm")
  func silence() throws {
    var world = try World(SimulationOptions(seed: 3), checkers: SimulationTests.checkers)
    #expect(throws: Never.self) { try world.run() }
  }
}
