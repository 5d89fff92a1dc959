import DMakefile
import Model
import Testing

@testable import MakeWrapper

@Suite("The notations of a DMakefile in rounds of the real make")
struct LanguageTests {
  @Test("an annotated rule runs, by the leader")
  func annotations() async throws {
    let world = try World(
      """
      [local]
      %/web/load: %/web/state.xml{load}
      \tcp $< $@
      [leader east]
      [always count(//load) < 9]
      total: $(DMAKE_NODES:%=%/web/load)
      \tcat $^ > $@

      """)
    try world.set("n1/DMake/config.xml", "<config><process name='web'/></config>")
    try world.set("n2/DMake/config.xml", "<config><process name='web'/></config>")
    try world.set("n1/web/state.xml", "<s><load>1</load></s>")
    try world.set("n2/web/state.xml", "<s><load>2</load></s>")
    let result = try await world.round()
    #expect(result.problems == [])
    #expect(world.text("total") == "1\n2\n")
  }
}
