import GroupProtocol
import Model
import Testing

@Suite("Two machines whose agents have one name")
struct TwoAgentsTests {
  @Test(
    "one of them is the node, and the other one is when the first is gone",
    arguments: 1...5 as ClosedRange<UInt64>)
  func oneName(seed: UInt64) throws {
    var options = SimulationOptions(seed: seed)
    options.processEndsPerMille = 0
    var world = try World(options, checkers: [])
    let name = world.agents[0].name
    world.agents[1] = AgentMachine(name: name)
    world.agents[1].record = AgentRecord(node: name, instance: "the second machine")
    world.network.isCalm = true
    try world.begin()
    try world.pass(.seconds(60))
    let linked = [0, 1].filter { world.agents[$0].core?.isLinked == true }
    #expect(linked.count == 1 && world.leader?.state.members.count == 2)

    let first = try #require(linked.first)
    world.gone.insert(first)
    try world.crashAgent(first)
    try world.pass(.seconds(60))
    world.isCalm = true
    try world.pass(.seconds(10))
    #expect(world.agents[1 - first].core?.isLinked == true)
    #expect(world.leader?.state.nodes[name]?.instance == world.agents[1 - first].record.instance)
    let delivered = world.leader.map { world.contents(of: name, $0.state) }
    #expect(delivered?.isEmpty == false && delivered == world.agents[1 - first].delivered)
  }
}
