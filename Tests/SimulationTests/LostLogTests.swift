import GroupProtocol
import Model
import Testing

@Suite("What a cluster does when more than a message is lost")
struct LostLogTests {
  /// A world without faults in which everything has been configured.
  private func settledWorld(agents: Int) throws -> World {
    var options = SimulationOptions(seed: 11)
    options.agents = agents
    options.processEndsPerMille = 0
    options.activationsPerMille = 0
    var world = try World(options, checkers: SimulationTests.checkers)
    world.network.isCalm = true
    try world.begin()
    try world.pass(.seconds(20))
    world.isCalm = true
    try world.pass(.seconds(20))
    #expect(world.isAtRest)
    return world
  }

  private func states(of node: NodeName, _ state: LeaderState) -> SortedMap<TreePath, Content> {
    state.tree.files(of: node).filter { path, _ in path.nodeFile?.isState == true }.mapValues(\.content)
  }

  @Test("a leader without its log rebuilds states and configurations from the agents, under a greater epoch")
  func lostLog() throws {
    var world = try settledWorld(agents: 4)
    let before = try #require(world.leader?.state)
    let disks = world.agents.map(\.files)
    let processes = world.agents.map { $0.processes.mapValues(\.pid) }
    world.crashLeader()
    world.disk.wipe()
    try world.startLeader()
    try world.pass(.seconds(40))
    let after = try #require(world.leader?.state)
    #expect(after.epoch == before.epoch + 1 && after.members == before.members)
    for node in before.members {
      #expect(after.delivered(to: node).mapValues(\.content) == before.delivered(to: node).mapValues(\.content))
      #expect(states(of: node, after) == states(of: node, before))
    }
    #expect(world.agents.map(\.files) == disks, "no file of a node was touched")
    #expect(
      world.agents.map { $0.processes.mapValues(\.pid) } == processes, "no process was stopped or started")

    // A policy's decisions win over what the agents hold from before.
    try world.activate(policy: 9)
    try world.pass(.seconds(20))
    #expect(world.isAtRest)
    try world.conclude()
  }

  @Test("an older copy of the log in place of the newest one is found out, and a greater epoch wins")
  func olderLog() throws {
    var world = try settledWorld(agents: 3)
    let old = world.disk
    try world.activate(policy: 9)
    try world.pass(.seconds(20))
    #expect(world.isAtRest)
    world.crashLeader()
    world.disk = old
    world.checkers = [ConvergenceChecker()]
    try world.startLeader()
    try world.pass(.seconds(40))
    #expect(world.leader?.state.epoch == 2)
    #expect(world.isAtRest)
    try world.conclude()
  }

  @Test("a leader that is cut off from most agents for a lease declares none of them lost")
  func brake() throws {
    var world = try settledWorld(agents: 6)
    for agent in 0..<5 { world.network.isolate(agent) }
    world.network.isCalm = false
    try world.pass(world.timing.lease + .seconds(2))
    #expect(world.leader?.state.members.count == 6)
    for agent in 0..<5 { world.network.rejoin(agent) }
    try world.pass(.seconds(20))
    #expect(world.leader?.state.members.count == 6)
    #expect(world.isAtRest)
  }

  @Test("nodes that stay away after the brake are lost, and join again when they are back")
  func longSilence() throws {
    var world = try settledWorld(agents: 6)
    for agent in 0..<5 { world.network.isolate(agent) }
    world.network.isCalm = false
    try world.pass(world.timing.lease * 2 + .seconds(6))
    #expect(world.leader?.state.members == [world.agents[5].name])
    #expect(world.leader?.state.nodes.count == 1, "the losses were handled and the folders removed")
    for agent in 0..<5 { world.network.rejoin(agent) }
    try world.pass(.seconds(60))
    #expect(world.isAtRest)
    try world.conclude()
  }
}
