import DMakefile
import Model
import Testing

@testable import MakeWrapper

@Suite("A policy is checked without a leader")
struct PolicyCheckTests {
  private func check(_ policy: String) async throws -> [Diagnostic] {
    let scratch = try Scratch()
    return try await PolicyCheck.check(
      try World.bundle(policy), members: [try NodeName("n1")], processes: [try ProcessName("web")],
      folder: scratch.path)
  }

  @Test("a policy without faults has no findings")
  func good() async throws {
    #expect(try await check("a: n1/web/state.xml\n\tcp $< $@\n%/web/b: a %/web/state.xml\n\tcp $< $@\n") == [])
  }

  @Test("what make cannot read is found with its line")
  func syntax() async throws {
    let found = try await check("a:\n\ttrue\nifeq (1,1)\nb:\n\ttrue\n")
    #expect(found.hasErrors)
    #expect(found.allSatisfy { $0.file == "DMakefile" })
  }

  @Test("what the rules show has its place in the bundle's own file")
  func places() async throws {
    let found = try await check(
      """
      n1/web/a.xml{x}: n1/web/state.xml
      \tn1/web/a.xml{z}=1
      \techo 1 > $@
      n1/web/a.xml{y}: n1/web/state.xml
      \tn1/web/a.xml{z}=2
      \techo 1 > $@

      """)
    #expect(found.map(\.file) == ["DMakefile"])
    #expect(found.first?.message.hasSuffix("the rule for `n1/web/a.xml{x}` (DMakefile:1)") == true, "\(found)")
  }

  @Test("reading a policy cannot write, whatever it runs")
  func confinement() async throws {
    let scratch = try Scratch()
    let target = scratch.path + "/written"
    _ = try await check("x := $(shell touch \(target))\n$(file >\(target),x)\na:\n\ttrue\n")
    #expect(scratch.text("written") == nil)
  }

  @Test("a local rule is checked as its node sees it, which is the only one there")
  func local() async throws {
    let found = try await examine(
      """
      [local]
      %/web/list: $(DMAKE_NODES:%=%/web/state.xml{load}) $(DMAKE_PROCS:%=%/state.xml{load})
      \tcat /dev/null $^ > $@
      %/web/other: %/web/list
      \tcp $< $@

      """)
    #expect(found.findings.diagnostics == [])
    let wrong = try await examine(
      """
      [local]
      %/web/list: $(DMAKE_NODES:%=%/web/state.xml{load}) n2/web/state.xml{load}
      \tcat /dev/null $^ > $@
      [local]
      total: $(DMAKE_NODES:%=%/web/state.xml{load})
      \tcat /dev/null $^ > $@
      %/web/other: %/web/list total
      \tcat $^ > $@

      """)
    #expect(
      wrong.findings.diagnostics.map { "\($0.line) \($0.message)" } == [
        "2 a `[local]` rule needs `n2/web/state.xml{load}`, a file of another node",
        "5 a `[local]` rule makes `total`, which is in no node's folder",
      ])
  }

  @Test("what a local rule makes is no file that an application has not written")
  func reported() async throws {
    let examination = try await examine(
      """
      [local]
      %/web/config.xml{rate}: %/web/state.xml{load}
      \tcp $< $@
      %/web/note: %/web/config.xml{rate} %/web/config.xml
      \tcat $^ > $@

      """)
    let found = TreeCheck(examination, files: [:]).findings
    #expect(found.map { "\($0.code.rawValue) \($0.line)" } == ["DM501 3"])
  }

  private func examine(_ policy: String, _ files: [String: String] = [:]) async throws -> PolicyExamination {
    var settings = CheckSettings()
    settings.folder = try Scratch().path.split(separator: "/").dropLast().map { "/" + $0 }.joined()
    return try await PolicyCheck.examine(try World.bundle(policy, files), settings)
  }

  @Test("without members it is checked for two nodes, those that it names, and the processes that it speaks of")
  func assumed() async throws {
    let examination = try await examine(
      """
      HOME_NODE = balancer
      $(HOME_NODE)/haproxy/haproxy.cfg: $(DMAKE_NODES:%=backends/%)
      \tcat /dev/null $^ > $@
      backends/%: %/web/state.xml{status}
      \tcp $< $@
      %/DMake/config.xml:
      \tcp $(DMAKE_BUNDLE)/node.xml $@

      """,
      ["node.xml": "<config><process reload='SIGHUP' name='db'><executable>x</executable></process></config>"])
    // Nobody runs the balancer's process, which is no reason not to check for it.
    #expect(examination.findings.diagnostics.map(\.code) == [.unknownProcess])
    #expect(
      examination.members.map { "\($0): \($1.map(\.text))" } == [
        "balancer: [\"db\", \"haproxy\", \"web\"]", "n1: [\"db\", \"web\"]", "n2: [\"db\", \"web\"]",
      ])
    #expect(
      examination.goals.map(\.target) == [
        "backends/balancer", "backends/n1", "backends/n2", "balancer/DMake/config.xml",
        "balancer/haproxy/haproxy.cfg", "n1/DMake/config.xml", "n2/DMake/config.xml",
      ])
  }

  @Test("a pattern of a node and process together is checked with some process")
  func anyProcess() async throws {
    let examination = try await examine("%/config.xml{mode}: %/state.xml{load}\n\tcp $< $@\n")
    #expect(
      examination.goals.map { HiddenSpace.shown($0.target) } == [
        "n1/app/config.xml{mode}", "n2/app/config.xml{mode}",
      ])
  }

  @Test("what the policy's comments suppress is told apart")
  func suppressed() async throws {
    let examination = try await examine(
      "# dmake: allow DM207 because a tool asks for them\nparts/%: %/new-node\n\tcp $< $@\nn1/web/a: n1/new-node\n\tcp $< $@\n"
    )
    #expect(examination.findings.diagnostics == [])
    #expect(examination.findings.suppressed.map(\.reason) == ["a tool asks for them"])
  }
}
