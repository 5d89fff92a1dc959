import DMakefile
import Model
import Testing

@Suite("make's database")
struct DatabaseTests {
  @Test("rules, recipes, places, variables and kinds of the real make")
  func real() throws {
    let run = try MakeRun()
    try run.install(
      """
      A = 1 = 2 := 3
      B := $(A)
      define C
      x: y
      #  recipe to execute (from 'evil', line 1):
      \techo evil

      z: w
      endef
      .PHONY: p
      p: a b | c
      \techo one \\
      \t  two
      \t# remark

      \techo three
      d:: e ; echo d1
      d:: f ; echo d2
      s1 s2: s%: t%
      \techo $*
      g1 g2 &: h ; touch g1 g2
      %/x %/y: %/z | o
      \techo $@
      never: $(C)
      """.replacing("never: $(C)", with: "last:"))
    let database = try run.database()
    #expect(database.variables["A"]?.value == "1 = 2 := 3")
    #expect(database.variables["A"]?.place == SourcePlace(file: "DMakefile", line: 1))
    #expect(database.variables["A"]?.origin == .makefile)
    #expect(database.variables["B"]?.isSimple == true)
    #expect(database.variables["C"]?.value.hasSuffix("z: w") == true)
    #expect(!database.rules.contains { ["x", "z"].contains($0.target) })
    let phony = try #require(database.rules.first { $0.target == "p" })
    #expect(phony.isPhony)
    #expect(phony.prerequisites == ["a", "b"])
    #expect(phony.orderOnly == ["c"])
    #expect(phony.place == SourcePlace(file: "DMakefile", line: 12))
    #expect(phony.recipe == "\techo one \\\n\t  two\n\t# remark\n\techo three")
    #expect(
      database.rules.filter { $0.target == "d" && $0.isDoubleColon }.map(\.prerequisites) == [["e"], ["f"]])
    let group = try #require(database.rules.first { $0.target == "s2" })
    #expect(group.stem == "2")
    #expect(group.prerequisites == ["t2"])
    #expect(database.rules.first { $0.target == "g1" }?.alsoMakes == ["g2"])
    #expect(database.rules.first { $0.target == "e" }?.isTarget == false)
    #expect(database.patterns.map(\.targets) == [["%/x", "%/y"]])
    #expect(database.patterns.first?.orderOnly == ["o"])
  }

  @Test(
    "anything at all is read without a trap",
    arguments: ["", "\n\n", "# Files\n:\n", "# Variables\ndefine X", "# Files\na"])
  func robust(text: String) {
    #expect(Database(parsing: Array(text.utf8)).rules.count <= 1)
  }
}
