import Foundation
import Testing

@Suite("What a change needs")
struct ReloadTests {
  @Test("a value that needs nothing brings nothing, another one its signal, or a restart")
  func needs() async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      try cluster.startAgent("n1")
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      let told = cluster.scratch.path("told")
      let script = """
        trap 'echo hup >>\(told)' HUP; trap 'echo usr1 >>\(told)' USR1; echo start >>\(told)
        while :; do sleep 3600 & wait; kill $!; done
        """
      let attributes = "reload='SIGHUP' reload-interval='1ms'"
      let process = cluster.process("web", "/bin/sh", "-c", script, attributes: attributes)
      let rules = """
        <reload of='config.xml{listen}' by='restart'/><reload of='config.xml{log/level}' by='SIGUSR1'/>\
        <reload of='config.xml{note}' by='none'/>
        """
      func deliver(listen: Int, level: Int, note: Int, size: Int) async throws {
        try cluster.scratch.write(
          "policy/web.xml",
          """
          <c><listen>\(listen)</listen><log><level>\(level)</level></log><note>\(note)</note><size>\(size)</size></c>
          """)
        let outcome = try await cluster.apply(
          process.replacing("</process>", with: rules + "</process>"),
          rules: "%/web/config.xml:\n\tcp $(DMAKE_BUNDLE)/web.xml $@\n")
        #expect(outcome.status == 0, "\(outcome)")
      }
      func lines() -> [String] { (cluster.scratch.read("told") ?? "").split(separator: "\n").map(String.init) }

      try await deliver(listen: 1, level: 1, note: 1, size: 1)
      try await wait(for: "the start") { lines().contains("start") }
      let begin = lines()
      try await deliver(listen: 1, level: 1, note: 2, size: 1)
      try await deliver(listen: 1, level: 2, note: 3, size: 1)
      try await wait(for: "SIGUSR1") { lines().count > begin.count }
      #expect(lines() == begin + ["usr1"])
      try await deliver(listen: 1, level: 2, note: 3, size: 2)
      try await wait(for: "SIGHUP") { lines().count > begin.count + 1 }
      #expect(lines() == begin + ["usr1", "hup"])
      try await deliver(listen: 2, level: 3, note: 4, size: 3)
      try await wait(for: "the restart") { lines().count > begin.count + 2 }
      #expect(lines() == begin + ["usr1", "hup", "start"])
    }
  }
}
