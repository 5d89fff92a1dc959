import Foundation
import Testing

@Suite("A state file that is no file, or has no end", .serialized)
struct StateFileTests {
  /// What puts something into the place of the state, in the process's folder, and when the state is read.
  static let replacements = [
    ("ln -s /dev/zero new; mv -T new state.xml", "event"),
    ("ln -s nothing new; mv -T new state.xml", "20ms"),
    ("rm state.xml; mkdir state.xml; echo '<s/>' >state.xml/state.xml", "event"),
    ("mkfifo new; mv -T new state.xml", "20ms"),
    ("truncate -s 1G new; mv -T new state.xml", "event"),
    ("while [ ! -e stop ]; do truncate -s +8M state.xml; : >>state.xml; sleep 0.01; done", "event"),
    ("while [ ! -e stop ]; do head -c 262144 /dev/zero | tr '\\0' x >>state.xml; done", "event"),
    ("while [ ! -e stop ]; do head -c 262144 /dev/zero | tr '\\0' x >>state.xml; done", "20ms"),
  ]

  @Test(
    "is told and changes nothing; others are heard meanwhile, and what comes after it is taken",
    arguments: replacements)
  func replaced(script: String, refresh: String) async throws {
    try await Cluster.run { cluster in
      try await cluster.startLeader()
      let agent = try cluster.startAgent("n1")
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      let go = cluster.scratch.path("go")
      let program = """
        echo '<s>good</s>' >state.xml; until [ -e \(go) ]; do sleep 0.02; done; \
        ulimit -f 131072; (\(script)) & wait; exec sleep 3600
        """
      let web = cluster.process("web", "/bin/sh", "-c", program, attributes: "refresh=\"\(refresh)\"")
      let rules = ["web", "other"].map { "seen-\($0): n1/\($0)/state.xml\n\tcat $^ >$@\n" }.joined()
      _ = try await cluster.apply(web + cluster.counter("other"), rules: rules)
      func known() -> String? { cluster.scratch.read("leader/leader/tree/n1/web/state.xml") }
      let good = "<s>good</s>\n"
      // A folder does not take a file's place: that is gone for a moment, which may be seen.
      func isKept() -> Bool { known() == good || script.hasPrefix("rm ") && known() == nil }
      try await wait(for: "the good state") { known() == good }

      try cluster.scratch.write("go", "")
      try await wait(for: "the refusal") { agent.errors.contains("a state file is not taken") }
      try await wait(for: "the state that is left") { isKept() }
      try cluster.scratch.write("node-n1/node/other/state.xml", "<s>1</s>")
      let others = Aftermath(node: "n1", running: ["other", "web"], files: ["other/state.xml"])
      try await cluster.expect(others)
      #expect(isKept())

      // What was in the way goes, and a good file takes its place.
      let folder = cluster.scratch.path("node-n1/node")
      let mend = """
        cd \(folder); >web/stop; sleep 0.1; rm -rf web/state.xml; echo '<s>better</s>' >web/new; mv web/new web/state.xml
        """
      let outcome = try await cluster.scratch.start(["-c", mend], program: "/bin/sh").finish()
      #expect(outcome.status == 0, "\(outcome)")
      try await cluster.expect(
        Aftermath(node: "n1", running: ["other", "web"], files: ["other/state.xml", "web/state.xml"]))
      #expect(known() == "<s>better</s>\n")
      #expect(agent.status == nil)
    }
  }
}
