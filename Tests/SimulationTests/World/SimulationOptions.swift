import Model

/// What a simulated world is like. Everything that is drawn from the seed before it starts stands here, so that a
/// failure can print it.
struct SimulationOptions: Sendable, CustomStringConvertible {
  var seed: UInt64
  var agents = 3
  var leaseTicks: Tick = 8
  /// How long faults and changes go on.
  var unrest = Duration.seconds(60)
  /// How long the world may take to come to rest afterwards.
  var patience = Duration.seconds(180)
  /// Of a thousand messages.
  var lostPerMille = 0
  var doubledPerMille = 0
  var latePerMille = 0
  /// Of a thousand steps of unrest, one in about 200 ms.
  var streamBreaksPerMille = 0
  var partitionsPerMille = 0
  /// Also of a thousand moments between writing files and hearing that they are written.
  var agentCrashesPerMille = 0
  var agentStopsPerMille = 0
  /// An agent stands still for a while.
  var agentStandsStillPerMille = 0
  var leaderCrashesPerMille = 0
  var processEndsPerMille = 30
  var stateChangesPerMille = 300
  var activationsPerMille = 10
  /// Of a thousand crashes of the leader.
  var logLossesPerMille = 0
  /// Of a thousand deliveries of files, starts of processes and rounds.
  var failuresPerMille = 0
  var slowestDiskMilliseconds = 20
  var slowestRoundMilliseconds = 500
  /// Snapshots are taken after this many entries; 0: never.
  var snapshotEntries = 0
  var isInterestExact = false

  init(seed: UInt64) { self.seed = seed }

  /// A world with all kinds of trouble, how much of each following from the seed.
  static func unquiet(seed: UInt64) -> SimulationOptions {
    var generator = Generator(seed: seed &* 31 &+ 7)
    var options = SimulationOptions(seed: seed)
    options.agents = generator.number(1...6)
    options.leaseTicks = Tick(generator.number(8...16))
    options.unrest = .seconds(generator.number(20...90))
    options.lostPerMille = generator.pick([0, 0, 10, 100, 300]) ?? 0
    options.doubledPerMille = generator.pick([0, 10, 200]) ?? 0
    options.latePerMille = generator.pick([0, 10, 200]) ?? 0
    options.streamBreaksPerMille = generator.pick([0, 5, 40]) ?? 0
    options.partitionsPerMille = generator.pick([0, 5, 15]) ?? 0
    options.agentCrashesPerMille = generator.pick([0, 5, 30]) ?? 0
    options.agentStopsPerMille = generator.pick([0, 0, 5]) ?? 0
    options.leaderCrashesPerMille = generator.pick([0, 5, 25]) ?? 0
    options.logLossesPerMille = generator.pick([0, 0, 0, 200]) ?? 0
    options.processEndsPerMille = generator.pick([10, 50, 150]) ?? 0
    options.failuresPerMille = generator.pick([0, 20, 150]) ?? 0
    options.slowestDiskMilliseconds = generator.pick([2, 50, 1500]) ?? 0
    options.slowestRoundMilliseconds = generator.pick([50, 1000, 6000]) ?? 0
    options.snapshotEntries = generator.pick([0, 20, 100]) ?? 0
    options.isInterestExact = generator.happens(perMille: 400)
    options.agentStandsStillPerMille = generator.pick([0, 0, 5, 20]) ?? 0
    return options
  }

  var description: String {
    let fields = Mirror(reflecting: self).children.map { "\($0.label ?? "")=\($0.value)" }
    return fields.joined(separator: " ")
  }
}
