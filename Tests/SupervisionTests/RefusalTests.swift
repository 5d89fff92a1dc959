import Model
import Supervision
import Testing

@Suite("A process that its node does not permit")
struct RefusalTests {
  private var machine = ProcessMachine(at: .zero)
  private var process: ProcessConfiguration
  private let end = ProcessEnd.notStarted("it is not permitted")

  init() throws { process = ProcessConfiguration(name: try ProcessName("web"), executable: "/bin/web") }

  private mutating func want() throws -> [ProcessMachine.Effect] {
    let configuration = NodeConfiguration(environment: [:], processes: [process])
    return machine.step(.wanted(process, try #require(configuration.launch(of: process.name))), at: .zero)
  }

  private mutating func refuse() throws {
    _ = try want()
    #expect(machine.step(.refused("it is not permitted"), at: .zero) == [.ended(end)])
    #expect(machine.phase == .failed)
  }

  @Test("has failed, whatever its restart policy, and is not tried again")
  mutating func fails() throws {
    try refuse()
    #expect(machine.deadline == nil)
    #expect(try want().isEmpty)
    process.restart = .onFailure
    #expect(try want().isEmpty)
    #expect(machine.lastEnd == end)
  }

  @Test("is tried again when what is executed or what looks at it changes, or the list is read again")
  mutating func again() throws {
    try refuse()
    process.generation = "2"
    #expect(try want().count == 1)
    // The same answer is no second event.
    #expect(machine.step(.refused("it is not permitted"), at: .zero).isEmpty)
    process.health.liveness = .init(.command(["/bin/look"]))
    #expect(try want().count == 1)
    #expect(machine.step(.refused("that neither"), at: .zero) == [.ended(.notStarted("that neither"))])
    #expect(machine.step(.permissionsChanged, at: .zero).count == 1)
    _ = machine.step(.started(pid: 7), at: .zero)
    #expect(machine.pid == 7)
    #expect(machine.step(.permissionsChanged, at: .zero).isEmpty)
  }

  @Test("another failure is no refusal: it waits for its own time")
  mutating func failure() throws {
    process.restart = .never
    _ = try want()
    _ = machine.step(.ended(.exited(code: 1)), at: .zero)
    #expect(machine.phase == .failed)
    #expect(machine.step(.permissionsChanged, at: .zero).isEmpty)
  }

  @Test("and that is wanted no more, or otherwise, while it is asked for, is stopped or asked for again")
  mutating func meanwhile() throws {
    _ = try want()
    process.generation = "2"
    #expect(try want().isEmpty)
    #expect(machine.step(.refused("it is not permitted"), at: .zero).count == 2)
    #expect(machine.step(.unwanted, at: .zero).isEmpty)
    #expect(machine.step(.refused("it is not permitted"), at: .zero).isEmpty)
    #expect(machine.phase == .stopped)
    #expect(machine.step(.permissionsChanged, at: .zero).isEmpty)
  }
}
