import DMakefile
import Model
import Testing

@testable import MakeWrapper

@Suite("A policy is checked without a leader")
struct PolicyCheckTests {
  private func check(_ policy: String) async throws -> [Diagnostic] {
    let scratch = try Scratch()
    return try await PolicyCheck.check(
      try World.bundle(policy), members: [try NodeName("n1")], processes: [try ProcessName("web")],
      folder: scratch.path)
  }

  @Test("a policy without faults has no findings")
  func good() async throws {
    #expect(try await check("a: in\n\tcp $< $@\n%/web/b: %/web/state.xml\n\tcp $< $@\n") == [])
  }

  @Test("what make cannot read is found with its line")
  func syntax() async throws {
    let found = try await check("a:\n\ttrue\nifeq (1,1)\nb:\n\ttrue\n")
    #expect(found.hasErrors)
    #expect(found.allSatisfy { $0.file == "DMakefile" })
  }

  @Test("what the rules show has its place in the bundle's own file")
  func places() async throws {
    let found = try await check(
      """
      n1/web/a.xml{x}: in
      \tn1/web/a.xml{z}=1
      \techo 1 > $@
      n1/web/a.xml{y}: in
      \tn1/web/a.xml{z}=2
      \techo 1 > $@

      """)
    #expect(found.map(\.file) == ["DMakefile"])
    #expect(found.first?.message.hasSuffix("the rule for `n1/web/a.xml{x}` (DMakefile:2)") == true, "\(found)")
  }

  @Test("reading a policy cannot write, whatever it runs")
  func confinement() async throws {
    let scratch = try Scratch()
    let target = scratch.path + "/written"
    _ = try await check("x := $(shell touch \(target))\n$(file >\(target),x)\na:\n\ttrue\n")
    #expect(scratch.text("written") == nil)
  }
}
