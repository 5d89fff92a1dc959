import Model
import Supervision
import Testing

@Suite("A process that its node does not permit")
struct RefusalTests: MachineSuite {
  var machine = ProcessMachine(at: .zero)
  var now = Instant.zero
  var process: ProcessConfiguration
  private let end = ProcessEnd.notStarted("it is not permitted")

  init() throws { process = try Self.web() }

  private mutating func refuse() throws {
    _ = try want()
    #expect(step(.refused("it is not permitted")) == [.ended(end)])
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
    #expect(step(.refused("it is not permitted")).isEmpty)
    process.health.liveness = .init(.command(["/bin/look"]))
    #expect(try want().count == 1)
    #expect(step(.refused("that neither")) == [.ended(.notStarted("that neither"))])
    #expect(step(.permissionsChanged).count == 1)
    _ = step(.started(pid: 7))
    #expect(machine.pid == 7)
    #expect(step(.permissionsChanged).isEmpty)
  }

  @Test("another failure is no refusal: it waits for its own time")
  mutating func failure() throws {
    process.restart = .never
    _ = try want()
    _ = step(.ended(.exited(code: 1)))
    #expect(machine.phase == .failed)
    #expect(step(.permissionsChanged).isEmpty)
  }

  @Test("and that is wanted no more, or otherwise, while it is asked for, is stopped or asked for again")
  mutating func meanwhile() throws {
    _ = try want()
    process.generation = "2"
    #expect(try want().isEmpty)
    #expect(step(.refused("it is not permitted")).count == 2)
    #expect(step(.unwanted).isEmpty)
    #expect(step(.refused("it is not permitted")).isEmpty)
    #expect(machine.phase == .stopped)
    #expect(step(.permissionsChanged).isEmpty)
  }
}
