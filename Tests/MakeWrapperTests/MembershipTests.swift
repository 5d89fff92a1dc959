import DMakefile
import Model
import Testing

@testable import MakeWrapper

/// However a policy says "all nodes", an aggregate over them follows the nodes that come and go, and their files.
@Suite("Aggregates over nodes")
struct MembershipTests {
  struct Form: CustomTestStringConvertible, Sendable {
    let name: String
    let policy: String
    var files: [String: String] = [:]
    var testDescription: String { name }
  }

  private static func aggregate(_ prerequisites: String) -> String {
    "total: \(prerequisites)\n\tcat /dev/null $^ > $@\n"
  }

  static let forms: [Form] = [
    Form(name: "a wildcard of make", policy: aggregate("$(wildcard */web/load)")),
    Form(name: "a variable", policy: "L = $(wildcard */web/load)\n" + aggregate("$(L)")),
    Form(
      name: "a variable that is expanded at once", policy: "L := $(wildcard */web/load)\n" + aggregate("$(L)")),
    Form(
      name: "a wildcard for each node",
      policy: aggregate("$(foreach n,$(DMAKE_NODES),$(wildcard $n/web/load))")),
    Form(name: "each node", policy: aggregate("$(foreach n,$(DMAKE_NODES),$n/web/load)")),
    Form(name: "each node by substitution", policy: aggregate("$(DMAKE_NODES:%=%/web/load)")),
    Form(name: "each process", policy: aggregate("$(DMAKE_PROCS:%=%/load)")),
    Form(name: "the nodes that run a process", policy: aggregate("$(DMAKE_NODES_WITH_web:%=%/web/load)")),
    Form(
      name: "an included file", policy: "include all.mk\n",
      files: ["all.mk": "L = $(wildcard */web/load)\n" + aggregate("$(L)")]),
    Form(
      name: "a define that eval reads",
      policy:
        "define all\ntotal: $$(wildcard */web/load)\n\tcat /dev/null $$^ > $$@\nendef\n$(eval $(call all))\n"),
    Form(
      name: "the second expansion",
      policy: ".SECONDEXPANSION:\n" + aggregate("$$(foreach n,$(DMAKE_NODES),$$(wildcard $$n/web/load))")),
  ]

  @Test("follow the nodes that come and go", arguments: forms)
  func follow(form: Form) async throws {
    let world = try World("%/web/load: %/web/state.xml{load}\n\tcp $< $@\n" + form.policy, form.files)
    func join(_ node: String, _ load: Int?) throws {
      if !world.members.contains(try NodeName(node)) { world.members.append(try NodeName(node)) }
      try world.set("\(node)/DMake/config.xml", "<config><process name='web'/></config>")
      if let load { try world.set("\(node)/web/state.xml", "<s><load>\(load)</load></s>") }
    }
    func total() async throws -> [String] {
      #expect(try await world.round().problems == [])
      return (world.text("total") ?? "nothing").split(separator: "\n").map(String.init)
    }
    try join("n1", 1)
    try join("n2", nil)
    #expect(try await total() == ["1"])
    // What a node tells later than it joined counts too.
    try join("n2", 2)
    #expect(try await total() == ["1", "2"])
    try join("n3", 3)
    #expect(try await total() == ["1", "2", "3"])
    try world.lose("n1")
    #expect(try await total() == ["2", "3"])
    try join("n1", 4)
    #expect(try await total() == ["4", "2", "3"])
  }

  @Test(
    "which cannot follow them are found by lint",
    arguments: [
      "total: */web/load\n\tcat $^ > $@\n", "total: n[0-9]/web/loa?\n\tcat $^ > $@\n",
      "total:\n\tcat /dev/null $(wildcard */web/load) > $@\n", "total: other\n\tcat */web/load > $@\n",
      "include all.mk\n",
    ])
  func found(policy: String) async throws {
    let bundle = try World.bundle(
      "%/web/load: %/web/state.xml{load}\n\tcp $< $@\n" + policy,
      ["all.mk": "total: */web/load\n\tcat $^ > $@\n"])
    let findings = PolicyCheck.diagnostics(of: bundle).filter { $0.code == .unseenFiles }
    #expect(findings.count == 1)
    #expect(findings.allSatisfy { $0.severity == .warning })
  }
}
