import Testing

@testable import CommandLineTool

@Suite("Durations on the command line")
struct DurationTests {
  @Test(
    "have a unit", arguments: [("500ms", 500), ("10s", 10_000), ("2m", 120_000), ("1h", 3_600_000), ("0s", 0)])
  func good(text: String, milliseconds: Int) {
    #expect(DurationArgument(argument: text)?.duration == .milliseconds(milliseconds))
    #expect(DurationArgument(argument: text)?.description == text)
  }

  @Test(
    "are refused otherwise",
    arguments: ["", "5", "s", "-1s", "1.5s", "1 s", "999999999999h", "99999999999999s", "٣s"])
  func bad(text: String) { #expect(DurationArgument(argument: text) == nil) }
}

@Suite("Text that others wrote")
struct VisibleTextTests {
  @Test("cannot draw on a terminal or turn the line around")
  func escapes() {
    #expect("a\u{1b}[2J\u{9b}31m\r\nb\u{202e}c".visible == "a\\u{1b}[2J\\u{9b}31m\\u{d}\\nb\\u{202e}c")
    #expect("\" and \\n\n\"".quoted == #""\" and \\n\n\"""#)
    #expect("tab\tline\nä→".visibleLines == "tab\tline\nä→")
  }
}

@Suite("JSON")
struct JSONTests {
  @Test("keeps the order of its members and escapes what it must")
  func text() {
    let json: JSON = ["b": ["x\"\\\n\u{1b}\u{9b}", 1, true, nil], "a": [:], "c": []]
    #expect(
      json.text
        == "{\n  \"b\": [\n    \"x\\\"\\\\\\n\\u001b\\u009b\",\n    1,\n    true,\n    null\n  ],\n  \"a\": {},\n  \"c\": []\n}\n"
    )
  }
}
