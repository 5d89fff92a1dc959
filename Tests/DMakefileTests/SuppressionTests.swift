import DMakefile
import Model
import Testing

@Suite("Suppressions")
struct SuppressionTests {
  private func findings(_ policy: String, _ found: [Diagnostic], isComplete: Bool = true) throws
    -> PolicyFindings
  {
    PolicyFindings(found, in: Makefiles(try Bundle(policy)), isComplete: isComplete)
  }

  private func warning(_ line: Int, _ code: DiagnosticCode = .patternWithoutNeed) -> Diagnostic {
    Diagnostic(code, .warning, file: "DMakefile", line: line, message: "x")
  }

  static let comment = "# dmake: allow DM207 because a program names them"

  @Test(
    "hold for their line, for the next one with its recipe, and at the top for the file",
    arguments: [
      ("a: b \(comment)\n\tcp b a\n", 1), ("a: b\n\tcp b a \(comment)\n", 2),
      ("\(comment)\na: b\n\tcp b a\n", 2), ("\(comment)\na: b\n\techo\n\n\tcp b a\n", 5),
      ("x = 1\n\(comment)\n# and more\n[local]\na: b\n\tcp b a\n", 6), ("\(comment)\na: b \\\n c\n", 3),
      ("# A policy.\n\(comment)\n\nx = 1\na: b\n\tcp b a\n", 6), ("\(comment)\n\na: b\n", 0),
    ])
  func scopes(policy: String, line: Int) throws {
    let found = try findings(policy, [warning(line)])
    #expect(found.diagnostics == [])
    #expect(found.suppressed == [.init(warning(line), reason: "a program names them")])
  }

  @Test(
    "hold nowhere else",
    arguments: [
      ("\(comment)\na: b\n\techo\nc: d\n\tcp d c\n", 5), ("x = 1\n\(comment)\n\na: b\n", 4),
      ("a: b \(comment)\nc: d\n", 2),
    ])
  func others(policy: String, line: Int) throws {
    let found = try findings(policy, [warning(line)])
    #expect(found.suppressed == [])
    #expect(
      found.diagnostics.map(\.code).sorted { $0.rawValue < $1.rawValue } == [
        .patternWithoutNeed, .uselessSuppression,
      ])
  }

  @Test("name several codes, and each must meet something")
  func several() throws {
    let policy = "# dmake: allow DM207, DM114 because both are meant\na: b\n\tcp b a\n"
    #expect(try findings(policy, [warning(2), warning(3, .undeclaredRead)]).diagnostics == [])
    let one = try findings(policy, [warning(2)]).diagnostics
    #expect(one.map(\.code) == [.uselessSuppression])
    #expect(one.map(\.message) == ["there is no DM114 here to suppress"])
    #expect(try findings(policy, [warning(2)], isComplete: false).diagnostics == [])
  }

  @Test(
    "are findings themselves if they are not understood",
    arguments: [
      ("# dmake: allow DM207", "a suppression gives no reason"),
      ("# dmake: allow DM207 because", "a suppression gives no reason"),
      ("# dmake: allow DM999 because of this", "`DM999` is no code of a finding"),
      ("#dmake: allow because I say so", "a comment for DMake is not understood"),
      ("# dmake: deny DM207 because I say so", "a comment for DMake is not understood"),
    ])
  func bad(comment: String, message: String) throws {
    let found = try findings("x = 1\n  \(comment)\na: b\n", [warning(3)])
    #expect(found.suppressed == [])
    let finding = try #require(found.diagnostics.first)
    #expect(finding.code == .badSuppression)
    #expect(finding.message == message)
    #expect((finding.line, finding.column, finding.length) == (2, 3, comment.utf8.count))
  }

  @Test("do not take away what refuses a policy")
  func errors() throws {
    let error = Diagnostic(.patternWithoutNeed, .error, file: "DMakefile", line: 2, message: "x")
    let found = try findings("\(Self.comment)\na: b\n", [error])
    #expect(found.suppressed == [])
    #expect(found.diagnostics.map(\.code) == [.refusedSuppression, .patternWithoutNeed])
  }
}

@Suite("What make would do beside reading")
struct ReadingEffectsTests {
  private func effect(_ policy: String) throws -> String? {
    let bundle = try Bundle(policy)
    return ReadingEffects(Makefiles(bundle)).first
      .map { "\($0.place.line) \($0.name)" }
  }

  @Test(
    "is found in the text",
    arguments: [
      ("# a\nx := $(shell date)\n", "2 `$(shell …)`"), ("x != date\n", "1 `!=`"),
      ("a: ${shell date}\n", "1 `$(shell …)`"), ("$(file >x,y)\n", "1 `$(file …)`"),
      ("define x\n$(shell date)\nendef\n", "2 `$(shell …)`"), ("$(eval $(x))\n", "1 `$(eval …)`"),
      ("$(call $(f),x)\n", "1 `$(call …) of a computed name`"), ("load x.so\n", "1 `load`"),
      ("include $(x)\n", "1 `include` of a computed name"),
      ("-include x.mk\nx.mk: y\n\techo > $@\n", "2 a rule that may remake a makefile"),
      ("%: y\n\techo > $@\n", "1 a rule that may remake a makefile"),
      ("-include x.mk\n%.mk:\n\techo > $@\n", "2 a rule that may remake a makefile"),
      ("DMakefile:\n\techo > $@\n", "1 a rule that may remake a makefile"),
      ("$(x): y\n\techo > $@\n", "1 a rule that may remake a makefile"),
      ("$(x)file: y\n\techo > $@\n", "1 a rule that may remake a makefile"),
    ])
  func found(policy: String, expected: String) throws { #expect(try effect(policy) == expected) }

  @Test(
    "is nothing where make only reads",
    arguments: [
      "# $(shell date)\na: b\n\tx=$$(shell)\n", "a: b\n\t@echo $(shell date) != x\n", "include x.mk\na: b\n",
      "%/web/config.xml: b\n\tcp $< $@\n",
      "$(NODE)/haproxy/haproxy.cfg: $(DMAKE_NODES:%=backends/%)\n\tcat $^ > $@\n",
      "-include settings.mk\nx := $(call f,$(y))\nifneq ($(x),y)\nendif\n",
    ])
  func nothing(policy: String) throws { #expect(try effect(policy) == nil) }
}
