import Model
import Supervision
import Testing

@Suite("Limits of a control group")
struct GroupLimitsTests {
  @Test("are written as the kernel reads them, each for its controller")
  func settings() {
    var limits = GroupLimits()
    #expect(limits.settings.isEmpty)
    limits.processorPercent = 150
    limits.processorWeight = 20
    limits.memoryBytes = 1 << 30
    limits.memoryHighBytes = 1 << 29
    limits.processes = 64
    #expect(
      limits.settings.map { "\($0.controller): \($0.file) \($0.value)" } == [
        "cpu: cpu.max 150000 100000", "cpu: cpu.weight 20", "memory: memory.high 536870912",
        "memory: memory.max 1073741824", "pids: pids.max 64",
      ])
    limits = GroupLimits()
    limits.processorPercent = 1
    #expect(limits.settings.first?.value == "1000 100000")
  }

  @Test("a change of one restarts the process; without any nothing is restarted for this version")
  func digest() throws {
    func digest(_ change: (inout GroupLimits) -> Void) throws -> Digest? {
      var process = ProcessConfiguration(name: try ProcessName("web"), executable: "/bin/true")
      change(&process.rights.groupLimits)
      return NodeConfiguration(environment: [:], processes: [process]).launch(of: process.name)?.digest
    }
    let plain = try digest { _ in }
    #expect(try digest { $0.isRequired = false } == plain)
    let one = try digest { $0.processes = 1 }
    #expect(one != plain)
    #expect(try digest { $0.processes = 2 } != one)
    #expect(
      try digest {
        $0.processes = 1
        $0.isRequired = false
      } != one)
  }
}
