import DMakefile
import Glibc
import Model
import Testing

@testable import MakeWrapper

@Suite("Rounds of DMakefiles with tags")
struct TagRoundTests {
  @Test("`$<` and `$^` name files with the values, one a line")
  func automaticVariables() async throws {
    let world = try World(
      "n1/web/all: n1/web/state.xml{port} n2/web/state.xml{port}\n\tcat $^ > $@; wc -l < $< >> $@\n")
    try world.set("n1/web/state.xml", "<s><port>1</port><port>2</port></s>")
    try world.set("n2/web/state.xml", "<s><port>3</port></s>")
    #expect(try await world.round().problems == [])
    #expect(world.text("n1/web/all") == "1\n2\n3\n2\n")
  }

  @Test("a rule for a tag writes `$@`, and the file has the value in the next pass")
  func tagTarget() async throws {
    let world = try World(
      """
      n1/web/config.xml{port}: n1/web/state.xml{load}
      \techo 8$$(cat $<) > $@
      n1/web/seen: n1/web/config.xml{port}
      \tcat $< > $@

      """)
    try world.set("n1/web/state.xml", "<s><load>0</load></s>")
    let result = try await world.round()
    #expect(result.problems == [])
    #expect(world.text("n1/web/config.xml")?.contains("<port>80</port>") == true)
    #expect(world.text("n1/web/seen") == "80\n")
    try world.set("n1/web/state.xml", "<s><load>1</load></s>")
    try await world.round()
    #expect(world.text("n1/web/config.xml")?.contains("<port>81</port>") == true)
    #expect(world.text("n1/web/seen") == "81\n")
    #expect(try world.filesOnDisk() == world.filesInTree)
  }

  @Test("a rule that reads a tag does not run when another part of the file changed")
  func otherPart() async throws {
    let world = try World(
      "n1/web/out: n1/web/state.xml{load}\n\techo run >> ../log; cat $< > $@\n")
    try world.set("n1/web/state.xml", "<s><load>1</load><noise>1</noise></s>")
    try await world.round()
    try world.set("n1/web/state.xml", "<s><load>1</load><noise>2</noise></s>")
    #expect(try await world.round().changes == [])
    #expect(world.log() == ["run"])
    try world.set("n1/web/state.xml", "<s><load>2</load><noise>2</noise></s>")
    try await world.round()
    #expect(world.log() == ["run"])
    #expect(world.text("n1/web/out") == "2\n")
  }

  @Test("a file of tags is assembled over its template, in fixed order")
  func template() async throws {
    let world = try World(
      """
      n1/web/config.xml{port}: in
      \t@n1/web/config.xml{port}=80
      n1/web/config.xml{backlog}: in
      \t@n1/web/config.xml{backlog}=5

      """, ["templates/web/config.xml": "<config><!-- kept --><port>0</port></config>\n"])
    try world.set("in", "")
    #expect(try await world.round().problems == [])
    #expect(
      world.text("n1/web/config.xml")?.contains(
        "<config><!-- kept --><port>80</port><backlog>5</backlog></config>") == true)
  }

  @Test("an assigned value is visible in the next pass, and passes go on until nothing changes")
  func passes() async throws {
    let world = try World(
      """
      a/one: in
      \techo 1 > $@
      \ta/x.xml{v}=first
      a/two: a/x.xml{v}
      \techo 2 > $@
      \ta/y.xml{w}=a/x.xml{v}
      a/three: a/y.xml{w}
      \tcat $< > $@

      """)
    try world.set("in", "")
    let result = try await world.round()
    #expect(result.problems == [])
    #expect(world.text("a/three") == "first\n")
    #expect(result.passes >= 3)
  }

  @Test("two values for one tag in one pass are an error that names both rules")
  func conflict() async throws {
    let world = try World(
      """
      a/one: in
      \techo 1 > $@
      \ta/x.xml{v}=first
      a/two: in
      \techo 2 > $@
      \ta/x.xml{v}=second
      a/three: in
      \techo 3 > $@

      """)
    try world.set("in", "")
    let result = try await world.round()
    #expect(result.problems.map(\.kind) == [.conflict, .conflict])
    #expect(result.problems.map(\.target) == ["a/one", "a/two"])
    #expect(result.problems.first?.message.contains("DMakefile:2") == true)
    #expect(result.problems.first?.message.contains("DMakefile:5") == true)
    #expect(result.changes.map(\.path.text) == ["a/three"])
  }

  @Test("rules whose outputs alternate are quarantined until an outside input changes")
  func oscillation() async throws {
    let world = try World(
      """
      a/flip: a/x.xml{v} in
      \techo run >> ../log; cp in $@
      \ta/x.xml{v}=$(if $(filter 1,$(file <$<)),0,1)
      other: in
      \tcp $< $@

      """)
    try world.set("in", "1")
    let result = try await world.round()
    #expect(result.problems.map(\.kind) == [.oscillation])
    #expect(result.problems.first?.retryAt == nil)
    #expect(result.changes.map(\.path.text) == ["other"])
    _ = world.log()
    world.tick += 1000
    #expect(try await world.round().problems.map(\.kind) == [.oscillation])
    #expect(world.log() == [])
    try world.set("in", "2")
    #expect(try await world.round().problems.map(\.kind) == [.oscillation])
    #expect(world.log() != [])
    #expect(try world.filesOnDisk() == world.filesInTree)
  }

  @Test("a problem names a value as the policy does, not as make sees it")
  func namesOfValues() async throws {
    let world = try World(
      """
      n1/web/a.xml{x}: in
      \tn1/web/a.xml{z}=1
      \techo 1 > $@
      n1/web/a.xml{y}: in
      \tn1/web/a.xml{z}=2
      \techo 1 > $@
      n1/web/b.xml{x}: n1/web/b.xml{y} in
      \tn1/web/b.xml{x}=n1/web/b.xml{y}
      n1/web/b.xml{y}: n1/web/b.xml{x}
      \tif [ "n1/web/b.xml{x}" = 1 ]; then echo 2; else echo 1; fi > $@

      """)
    try world.set("in", "1")
    let problems = try await world.round().problems
    #expect(
      problems.map(\.target) == ["n1/web/a.xml{x}", "n1/web/a.xml{y}", "n1/web/b.xml{x}", "n1/web/b.xml{y}"])
    #expect(problems.allSatisfy { !$0.message.contains(".dmake") }, "\(problems)")
  }

  @Test("a tag that loses its rule goes from the file, and the file with its last tag")
  func tagOwnership() async throws {
    let both = """
      n1/web/config.xml{a}:
      \t@n1/web/config.xml{a}=1
      n1/web/config.xml{b}:
      \t@n1/web/config.xml{b}=2

      """
    let world = try World(both)
    try await world.round()
    #expect(world.text("n1/web/config.xml")?.contains("<b>2</b>") == true)
    try world.activate("n1/web/config.xml{a}:\n\t@n1/web/config.xml{a}=1\n")
    try await world.round()
    #expect(world.text("n1/web/config.xml")?.contains("<a>1</a>") == true)
    #expect(world.text("n1/web/config.xml")?.contains("<b>") == false)
    try world.activate("x:\n\techo 1 > $@\n")
    try await world.round()
    #expect(world.text("n1/web/config.xml") == nil)
  }

  @Test("a value that a rule raises for each `stop-proc` restarts a process by its generation")
  func generation() async throws {
    let world = try World(
      """
      n1/gen/count: n1/web/stop-proc
      \techo x >> $@
      \tn1/DMake/config.xml{process[@name='web']/@generation}=$(words $(file <$@))

      """)
    try await world.round()
    try world.occur("n1", 1, .stopProc(try ProcessName("web"), .exited(code: 1)))
    let result = try await world.round()
    #expect(result.problems == [])
    #expect(world.text("n1/DMake/config.xml")?.contains("generation=") == true)
  }

  @Test("a program sets many values through `$DMAKE_ASSIGN`")
  func program() async throws {
    let program = """
      #!/bin/sh
      for i in 1 2 3; do echo "n$i/web/config.xml{port}=80$i" >> "$DMAKE_ASSIGN"; done
      echo done > "$1"

      """
    let world = try World("plan: in\n\tplan.sh $@\n", ["plan.sh": program], members: ["n1", "n2", "n3"])
    try world.set("in", "")
    #expect(try await world.round().problems == [])
    for node in 1...3 {
      #expect(world.text("n\(node)/web/config.xml")?.contains("<port>80\(node)</port>") == true)
    }
  }

  @Test("a value of any length is the same text in the environment and in an assignment")
  func lengths() async throws {
    let lengths = [
      1, 150, 190, 194, 195, 199, 200, 201, 400, 1000, 1023, 1024, 1025, 2000, 3000, 5000, 100_000,
    ]
    let rules = lengths.map { length in
      let tag = "n1/p/state.xml{v\(length)}"
      return """
        out/\(length) out/\(length).xml &: \(tag)
        \t@printf '[%s]' "\(tag)" > $@
        \tout/\(length).xml{k}=[\(tag)]

        """
    }
    let world = try World(rules.joined())
    let values = lengths.map { "<v\($0)>\(String(repeating: "a", count: $0))</v\($0)>" }
    try world.set("n1/p/state.xml", "<s>\(values.joined())</s>")
    #expect(try await world.round().problems == [])
    for length in lengths {
      let text = "[\(String(repeating: "a", count: length))]"
      #expect(world.text("out/\(length)") == text)
      #expect(world.text("out/\(length).xml")?.contains("<k>\(text)</k>") == true)
    }
  }

  @Test("hostile values reach a shell only as text")
  func hostile() async throws {
    let world = try World(
      """
      n1/web/out: n1/web/state.xml{name}
      \tprintf '%s' "n1/web/state.xml{name}" > $@
      n1/web/config.xml{name}: n1/web/state.xml{name}
      \tn1/web/config.xml{name}=n1/web/state.xml{name}

      """)
    let hostile = "'; touch pwned; \" $(touch pwned) `touch pwned` $HOME #\\ %"
    try world.set(
      "n1/web/state.xml",
      "<s><name>\(hostile.replacing("&", with: "&amp;").replacing("<", with: "&lt;"))</name></s>")
    let result = try await world.round()
    #expect(result.problems == [])
    #expect(world.text("n1/web/out") == hostile)
    #expect(world.text("n1/web/config.xml")?.contains("touch pwned") == true)
    #expect(try world.filesOnDisk() == world.filesInTree)
    var values = TagValues()
    let path = try TreePath("n1/web/config.xml")
    #expect(values.content(of: "name", in: path, world.tree[path]?.content).text == hostile + "\n")
  }

  @Test("a restarted wrapper runs nothing that is up to date, and goes on with the rest")
  func restart() async throws {
    let world = try World(
      """
      n1/web/config.xml{port}: n1/web/state.xml{load}
      \techo run >> ../log; cat $< > $@
      n1/web/seen: n1/web/config.xml{port}
      \techo run >> ../log; cat $< > $@

      """)
    try world.set("n1/web/state.xml", "<s><load>1</load></s>")
    try await world.round()
    _ = world.log()
    try await world.restart()
    #expect(try await world.round().changes == [])
    #expect(world.log() == [])
    try world.set("n1/web/state.xml", "<s><load>2</load></s>")
    try await world.round()
    #expect(world.text("n1/web/seen") == "2\n")
    #expect(world.log() == ["run", "run"])
  }
}
