import Testing

@testable import MakeWrapper

@Suite("make's lines are understood, and recipes' lines are not taken for them")
struct MakeMessageTests {
  @Test("why a target is made")
  func traced() {
    #expect(
      MakeMessage.traced("DMakefile:5: update target 'a/b' due to: c d")
        == "a/b")
    #expect(
      MakeMessage.traced("/p/DMakefile:5: target 'a' does not exist")
        == "a")
    #expect(MakeMessage.traced("echo 'x' does not exist") == nil)
    #expect(MakeMessage.traced("make: 'a' is up to date.") == nil)
  }

  @Test("which recipe failed, and how")
  func failed() {
    #expect(
      MakeMessage.failed("make: *** [/p/DMakefile:12: n1/web/x] Error 1")
        == .init(file: "/p/DMakefile", line: 12, target: "n1/web/x", status: "Error 1"))
    #expect(
      MakeMessage.failed("make: *** [DMakefile:1: fe80::1/web/x] Killed")
        == .init(file: "DMakefile", line: 1, target: "fe80::1/web/x", status: "Killed"))
    #expect(MakeMessage.failed("make[1]: *** [Makefile:1: a] Error 1") == nil)
  }

  @Test("what cannot be made, and who needs it")
  func unmakeable() {
    let found = MakeMessage.unmakeable("make: *** No rule to make target 'b', needed by 'a'.")
    #expect(found?.target == "a")
    #expect(found?.message == "there is no rule to make `b`")
    #expect(MakeMessage.unmakeable("make: *** No rule to make target 'b'.")?.target == "b")
  }

  @Test("what kept make from reading the policy")
  func fatal() {
    #expect(
      MakeMessage.fatal(in: "x\n/p/DMakefile:3: *** missing separator.  Stop.\n")
        == .init(file: "/p/DMakefile", line: 3, message: "missing separator"))
    #expect(
      MakeMessage.fatal(in: "make: *** virtual memory exhausted.  Stop.")
        == .init(file: nil, line: 0, message: "virtual memory exhausted"))
    #expect(MakeMessage.fatal(in: "make: *** [a:1: b] Error 1\n") == nil)
  }
}
