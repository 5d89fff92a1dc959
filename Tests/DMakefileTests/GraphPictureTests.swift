import DMakefile
import Foundation
import Model
import Testing

@Suite("The graph as a picture")
struct GraphPictureTests {
  private static let members = ["n1": ["web", "haproxy"], "n2": ["web"], "n3": ["web"]]

  private func picture(
    _ policy: String, _ files: [String: String] = [:], members: [String: [String]] = members
  ) throws -> GraphPicture {
    let run = try MakeRun()
    let (graph, goals) = try run.graph(policy, members: members)
    let bundle = Bundle(
      files: try files.map {
        .init(path: try TreePath($0.key), isExecutable: $0.value.hasPrefix("#!"), content: Content($0.value))
      })
    return GraphPicture(
      goals: goals, members: try members.keys.map { try NodeName($0) }, bundle: bundle,
      translation: graph.translation)
  }

  private func expectGolden(_ picture: GraphPicture, _ name: String) throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
      "Golden/\(name)")
    if ProcessInfo.processInfo.environment["DMAKE_UPDATE_GOLDENS"] != nil {
      try picture.dot.write(to: file, atomically: true, encoding: .utf8)
      Issue.record("\(name) was written anew")
    }
    #expect(picture.dot == (try String(contentsOf: file, encoding: .utf8)))
  }

  private static let webTier = """
    %/DMake/config.xml:
    \tcp $(DMAKE_BUNDLE)/node.xml $@
    %/web/config.xml{greeting}:
    \t$*/web/config.xml{greeting}=hello
    backends/%: %/web/state.xml{status} %/web/state.xml{address}
    \tbackend $^ > $@
    n1/haproxy/haproxy.cfg: $(DMAKE_NODES:%=backends/%)
    \tcat $(DMAKE_BUNDLE)/haproxy.cfg.in $^ > $@

    """

  @Test("draws what is the same for every node once, in the folders of nodes and processes")
  func webTier() throws {
    let files = ["node.xml": "<config/>", "haproxy.cfg.in": "", "backend": "#!/bin/sh\n"]
    try expectGolden(try picture(Self.webTier, files), "web-tier.dot")
  }

  @Test("tells events, local rules, groups of leaders, settings and order apart in shapes and words")
  func kinds() throws {
    let policy = """
      [local]
      %/web/config.xml{threads}: %/DMake/state.xml{load} | plan
      \techo 1 > $@
      %/web/config.xml{mode}: plan
      \techo 1 > $@
      [leader ops]
      plan: $(DMAKE_NODES:%=%/new-node) $(DMAKE_NODES:%=%/web/stop-proc) n1/fail-node
      \techo 1 > $@
      alarm: plan
      \tn1/haproxy/config.xml{alarm}=on
      .PHONY: all
      all: plan
      totals.xml{sum}: $(foreach n,$(DMAKE_NODES),$(n)/web/state.xml{rate})
      \techo 1 > $@

      """
    try expectGolden(try picture(policy), "kinds.dot")
  }

  @Test("does not grow with the nodes, whether a pattern, a static pattern or a loop makes the rules")
  func size() throws {
    let policy =
      Self.webTier + """
        $(DMAKE_NODES:%=lines/%): lines/%: %/web/state.xml{line}
        \tcp $< $@
        define rule
        loads/$(1): $(1)/web/state.xml
        \tcp $$< $$@
        endef
        $(foreach n,$(DMAKE_NODES),$(eval $(call rule,$(n))))
        all: $(DMAKE_NODES:%=lines/%) $(DMAKE_NODES:%=loads/%)
        \tcat $^ > $@

        """
    let many = Dictionary(uniqueKeysWithValues: (1...40).map { ("n\($0)", ["web", "haproxy"]) })
    #expect(try picture(policy).dot == (try picture(policy, members: many).dot))
    #expect(
      try picture(policy).dot.contains("\"loads/%\" -> \"all\" [dir=both, arrowtail=crow, label=\"all\"]"))
  }

  @Test("draws a file that the policy names for one node as that node's")
  func concrete() throws {
    let dot = try picture(
      "a: n1/web/state.xml{x}\n\tcp $< $@\nb: n1/web/state.xml n2/web/state.xml\n\tcp $< $@\n"
    ).dot
    #expect(dot.contains("\"n1/web/state.xml\" -> \"a\" [label=\"{x}\"]"))
    #expect(dot.contains("\"n2/web/state.xml\" -> \"b\";"))
    #expect(!dot.contains("every node"))
  }

  @Test("quotes whatever a tag holds, and shortens what is too long")
  func quoting() throws {
    let tag = "stream[@id='\\\"']/rate"
    let long = "a/" + String(repeating: "b", count: 80)
    let dot = try picture("a: n1/web/state.xml{\(tag)} n1/web/state.xml{\(long)}\n\tcp $< $@\n").dot
    #expect(dot.contains("label=\"{a/bbbbbbbbbbbbbbbb…bbbbbbbbbbbbbbbbbbbb}\\n{stream[@id='\\\\\\\"']/rate}\""))
  }
}
