import DMakefile
import Model
import Testing

@Suite("Annotations belong to the rule below them")
struct AnnotationTests {
  private static let policy = """
    [local]
    %/web/config.xml: %/web/state.xml{load}
    \t@echo $* > $@

    \t@echo more >> $@
    [leader east]
    # A comment between them.
    [always count(/tree/n1) = 1]

    a/one a/two: a/%: x
    ifdef NEVER
    \techo never
    else
    \techo $* > $@
    endif
    a/three: x ; echo > $@
    [eventually //done = 'yes']
    a/four: x \\
      y
    \techo > $@

    """

  private func goals() throws -> [Goal] {
    try MakeRun().graph(Self.policy, members: ["n1": ["web"], "n2": ["web"]]).goals
  }

  @Test("and to no other rule; a goal has those of its rule")
  func goalsOfRules() throws {
    let found = try goals().map { ($0.target, $0.annotations.map(\.kind)) }
    let expected: [(String, [Annotation.Kind])] = [
      ("a/four", [.eventually("//done = 'yes'")]),
      ("a/one", [.leader("east"), .always("count(/tree/n1) = 1")]),
      ("a/three", []),
      ("a/two", [.leader("east"), .always("count(/tree/n1) = 1")]),
      ("n1/web/config.xml", [.local]),
      ("n2/web/config.xml", [.local]),
    ]
    #expect(found.map(\.0) == expected.map(\.0))
    #expect(found.map(\.1) == expected.map(\.1))
    #expect(try goals().filter(\.isLocal).map(\.stem) == ["n1", "n2"])
    #expect(try goals().compactMap(\.leader) == ["east", "east"])
  }

  @Test("have their own place and the lines of their rule")
  func places() throws {
    let translation = Translator.translate(bundle: try Bundle(Self.policy))
    #expect(translation.diagnostics == [])
    #expect(translation.annotations.map(\.place.line) == [1, 6, 8, 17])
    #expect(translation.annotations.map(\.ruleLines) == [2..<6, 10..<15, 10..<15, 18..<21])
    #expect(translation.text.split(separator: "\n", omittingEmptySubsequences: false)[7] == "")
  }

  @Test("rules of one line, at the end of a file without a newline")
  func end() throws {
    let translation = Translator.translate(bundle: try Bundle("[local]\nx: y ; touch $@"))
    #expect(translation.annotations.map(\.ruleLines) == [2..<3])
    let other = Translator.translate(bundle: try Bundle("[local]\nx: y\n\ttouch $@"))
    #expect(other.annotations.map(\.ruleLines) == [2..<4])
  }
}
