import Foundation
import Testing

@Suite("Thousands of ends at once", .serialized)
struct ManyEndsTests {
  private static let count = 5000
  private static let names = (0..<count).map { "p\($0)" }

  private static var hasDescriptors: Bool {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    return limit.rlim_max > 3 * count + 500
  }

  /// So many events a rule: a recipe's command has at most 128 KiB.
  private static let group = 100

  private static var rules: String {
    stride(from: 0, to: count, by: group).map { first in
      let events = names[first..<min(count, first + group)].map { "n1/\($0)/stop-proc" }
      return "ends-\(first): \(events.joined(separator: " "))\n\tcat /dev/null $^ >>$@\n"
    }.joined()
  }

  @Test(
    "each is told once, nothing is left of them, and what else runs is looked after meanwhile",
    .enabled(if: hasDescriptors, "a keeper needs three descriptors a process"))
  func ends() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      // Control groups need two descriptors more for each process.
      try cluster.startAgent("n1", "--cgroup", "off")
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      let many = Self.names.map {
        cluster.process($0, "/bin/sleep", "3600", attributes: "restart=\"never\"")
      }
      let outcome = try await cluster.apply(
        many.joined(separator: "\n") + cluster.counter("steady"),
        rules: Self.rules + cluster.endRules(["steady"]))
      #expect(outcome.status == 0, "\(outcome)")
      let status = try await cluster.status(when: "all processes") { status in
        status.node("n1")?.processes.filter { $0.phase == "running" }.count == Self.count + 1
      }
      let pids = (status.node("n1")?.processes ?? []).filter { $0.name != "steady" }.compactMap(\.pid)
      let start = ContinuousClock.now
      for pid in pids { kill(pid_t(pid), SIGKILL) }
      #expect(ContinuousClock.now - start < .seconds(1))
      kill(pid_t(status.process("n1", "steady")?.pid ?? 0), SIGKILL)
      try await wait(for: "another instance of what is to run") { cluster.starts("steady").count == 2 }
      var told: [String: Int] = ["steady": 1]
      for first in stride(from: 0, to: Self.count, by: Self.group) {
        told["\(first)"] = min(Self.group, Self.count - first)
      }
      try await cluster.expect(Aftermath(node: "n1", running: ["steady"], ends: told))
    }
  }

  @Test("what ends as soon as it runs is started as often as its limit says, and each end is told")
  func limits() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      try cluster.startAgent("n1")
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      let names = (0..<20).map { "brief\($0)" }
      let brief = names.map { name in
        cluster.process(name, "/bin/false").replacing(
          "</process>",
          with: "<back-off initial=\"10ms\" limit=\"10ms\"/><start-limit count=\"9\" within=\"1h\"/></process>")
      }
      _ = try await cluster.apply(
        brief.joined() + cluster.counter("steady"), rules: cluster.endRules(names + ["steady"]))
      let status = try await cluster.status(when: "the limits") { status in
        names.allSatisfy { status.process("n1", $0)?.phase == "failed" } && status.isRunning("n1", "steady")
      }
      #expect(names.allSatisfy { status.process("n1", $0)?.starts == 10 }, "\(status)")
      var told = Dictionary(uniqueKeysWithValues: names.map { ($0, 10) })
      told["steady"] = 0
      try await cluster.expect(Aftermath(node: "n1", running: ["steady"], ends: told))
    }
  }
}
