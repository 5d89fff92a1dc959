import DMakefile
import Model
import Testing

@Suite("A hostile value stays data through make and the shell")
struct HostileValueTests {
  static let values: [[UInt8]] =
    [
      "\"; touch pwned; \"", "'; touch pwned; '", "$(touch pwned)", "`touch pwned`", "$$(touch pwned)",
      "$(shell touch pwned)", "${shell touch pwned}", "x\ntouch pwned", "x\n\ttouch pwned", "a;touch pwned",
      "a && touch pwned", "| touch pwned", "> pwned", "{a,b}", "{}", "*", "~", "\\", "\\\"", "#x", "a\\\nb",
      ")$(shell touch pwned)(", "),x)", "endef\n$(shell touch pwned)", "$(eval $(shell touch pwned))", "%",
      "$@ $< $*",
      "ä€😀", " lead and trail ", "-n", "!(x)", "\t", "$(DMAKE_V1)",
    ].map { Array($0.utf8) } + [[0xff, 0xfe, 0x41], [UInt8](repeating: 0x24, count: 100_000)]

  @Test("by environment and by assignment", arguments: values)
  func inert(value: [UInt8]) throws {
    let run = try MakeRun()
    let (graph, goals) = try run.graph(
      """
      %/w/config.xml: %/w/state.xml{v}
      \t@printf '%s' %/w/state.xml{v} > plain; printf %s "%/w/state.xml{v}" > quoted
      \t%/w/config.xml{v}=<%/w/state.xml{v}>

      """, members: ["n1": ["w"]])
    try run.value("n1/w/state.xml", "v", content: value + [0x0a])
    let output = try run.make("n1/w/config.xml", folders: graph.folders(of: goals))
    #expect(run.read("pwned") == nil)
    #expect(run.read("plain") == value, "\(output)")
    #expect(run.read("quoted") == value)
    let record = run.record(1, of: "n1/w/config.xml")
    #expect(record == Array("n1/w/config.xml\n<".utf8) + value + Array(">;\n".utf8))
  }

  @Test("a value that is too long for the environment fails its rule, and can be read from its file")
  func long() throws {
    let run = try MakeRun()
    try run.install(
      "a: n1/w/state.xml{v}\n\t@echo n1/w/state.xml{v} > $@\nb: n1/w/state.xml{v}\n\t@wc -c < $< > $@\n")
    try run.value("n1/w/state.xml", "v", content: [UInt8](repeating: 0x61, count: 1 << 20))
    #expect(try run.make("a b").contains("Argument list too long"))
    #expect(run.read("a") == nil)
    #expect(run.text("b") == "1048576\n")
  }

  @Test("a value that looks like a record is part of one")
  func forged() {
    let bytes = Array("k 1 a\nx.xml\nv;\n1 2 b\nk2 2 b\nx.xml\nw;\n;\nk 2 c d\ny.xml\n;\n".utf8)
    let records = AssignmentRecord.records(in: bytes, run: "k")
    #expect(records.map { "\($0.number) \($0.target)" } == ["1 a", "2 c d"])
    #expect(records.first?.bytes == Array("x.xml\nv;\n1 2 b\nk2 2 b\nx.xml\nw;\n;\n".utf8))
    #expect(records.last?.bytes == Array("y.xml\n;\n".utf8))
  }
}
