import Testing

/// A policy that must be refused, and where.
struct BadPolicy: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let text: String
  let place: String
  let code: String
  /// How `dmake lint` ends: 65 where it cannot look at the text.
  var status: Int32 = 1

  static let all = [
    BadPolicy(testDescription: "empty", text: "", place: "DMakefile", code: "DM002"),
    BadPolicy(
      testDescription: "tabs lost", text: "%/DMake/config.xml:\n    cp $(DMAKE_BUNDLE)/node.xml $@\n",
      place: "DMakefile:2", code: "DM101"),
    BadPolicy(
      testDescription: "syntax error", text: "a: b\n\ttouch $@\nendif\n", place: "DMakefile:3", code: "DM901"),
    BadPolicy(
      testDescription: "10 MB long", text: String(repeating: "# a comment that is long\n", count: 420_000),
      place: "DMakefile", code: "DM004", status: 65),
    BadPolicy(
      testDescription: "a tag without its end", text: "a: n1/web/state.xml{rate\n\ttouch $@\n",
      place: "DMakefile:1", code: "DM102"),
    BadPolicy(
      testDescription: "a file made whole and by tags",
      text: "n1/web/config.xml:\n\ttouch $@\nn1/web/config.xml{a}:\n\tn1/web/config.xml{a}=1\n",
      place: "DMakefile:3:1: error: `n1/web/config.xml{a}` is set by a rule",
      code: "DM201"),
    BadPolicy(
      testDescription: "a circle", text: "a: b\n\ttouch $@\nb: a\n\ttouch $@\n",
      place: "DMakefile:3:4: error: `b` depends on itself by way of `a`", code: "DM205"),
    BadPolicy(
      testDescription: "not text", text: "a:\n\t\u{0}\n", place: "DMakefile", code: "DM005", status: 65),
  ]
}

/// A node's configuration that must be refused, and at which line.
struct BadConfiguration: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let text: String
  let line: Int

  static let all = [
    BadConfiguration(testDescription: "broken", text: "<config>\n<process name='web'>\n</config>\n", line: 3),
    BadConfiguration(testDescription: "not XML", text: "hello\n", line: 1),
    BadConfiguration(
      testDescription: "billion laughs",
      text: """
        <!DOCTYPE config [
        <!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
        <!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>
        <config>&c;</config>
        """, line: 1),
    BadConfiguration(
      testDescription: "an external entity",
      text: "<!DOCTYPE config [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>\n<config>&e;</config>\n", line: 1),
    BadConfiguration(
      testDescription: "an unknown element", text: "<config>\n  <proces name=\"web\"/>\n</config>\n", line: 2),
    BadConfiguration(
      testDescription: "a process name with a path",
      text: "<config>\n<process name=\"../web\">\n<executable>/bin/true</executable></process></config>\n",
      line: 2),
    BadConfiguration(
      testDescription: "the same name twice",
      text:
        "<config>\n<process name=\"a\"><executable>x</executable></process>\n<process name=\"a\"><executable>x</executable></process>\n</config>\n",
      line: 3),
  ]
}
