import Foundation
import Testing

/// What the standard demands of a log, beside what the findings are.
@Suite("`dmake lint -o sarif`")
struct SarifTests {
  typealias Object = [String: Any]

  private func run(_ outcome: Outcome) throws -> Object {
    let log = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? Object)
    #expect(log["version"] as? String == "2.1.0")
    #expect((log["$schema"] as? String)?.hasSuffix("/sarif-schema-2.1.0.json") == true)
    let runs = try #require(log["runs"] as? [Object])
    #expect(runs.count == 1)
    return runs[0]
  }

  private func rules(_ run: Object) throws -> [Object] {
    let driver = try #require((run["tool"] as? Object)?["driver"] as? Object)
    #expect(driver["name"] as? String == "dmake")
    return try #require(driver["rules"] as? [Object])
  }

  private func check(_ result: Object, _ rules: [Object]) throws {
    let index = try #require(result["ruleIndex"] as? Int)
    #expect(rules[index]["id"] as? String == result["ruleId"] as? String)
    #expect(["none", "note", "warning", "error"].contains(result["level"] as? String))
    #expect(((result["message"] as? Object)?["text"] as? String)?.isEmpty == false)
    for suppression in try #require(result["suppressions"] as? [Object]) {
      #expect(["inSource", "external"].contains(suppression["kind"] as? String))
      #expect(["accepted", "underReview", "rejected"].contains(suppression["status"] as? String))
    }
    let region = try self.region(result)
    #expect(try #require(region["startLine"] as? Int) >= 1)
    if let start = region["startColumn"] as? Int {
      #expect(start >= 1)
      #expect(try #require(region["endColumn"] as? Int) > start)
    }
  }

  private func location(_ result: Object) throws -> Object {
    let locations = try #require(result["locations"] as? [Object])
    return try #require(locations.first?["physicalLocation"] as? Object)
  }

  private func region(_ result: Object) throws -> Object {
    try #require(try location(result)["region"] as? Object)
  }

  @Test("has each kind of finding as a rule with help, and each finding with region and suppression")
  func findings() async throws {
    try await Scratch.run { scratch in
      try scratch.write(
        "pol:icy/DMakefile",
        """
        n1/web/ä.xml{1}: n1/web/state.xml{load}
        \tcp $< $@
        """)
      let bad = try run(try await scratch.run("lint", "-o", "sarif", "pol:icy"))
      let all = try rules(bad)
      for rule in all {
        for member in ["shortDescription", "fullDescription", "help"] {
          #expect(((rule[member] as? Object)?["text"] as? String)?.isEmpty == false)
        }
      }
      let results = try #require(bad["results"] as? [Object])
      #expect(!results.isEmpty)
      for result in results { try check(result, all) }
      #expect(results.first?["level"] as? String == "error")
      let place = try location(results[0])
      #expect((place["artifactLocation"] as? Object)?["uri"] as? String == "pol%3Aicy/DMakefile")
      #expect(
        try region(results[0])["snippet"] as? [String: String] == [
          "text": "n1/web/ä.xml{1}: n1/web/state.xml{load}"
        ])
      // The columns count characters: the one with two bytes is one.
      #expect(try region(results[0])["startColumn"] as? Int == 14)
      #expect(try region(results[0])["endColumn"] as? Int == 15)
    }
  }

  @Test("has what is suppressed, with its reason")
  func suppressed() async throws {
    try await Scratch.run { scratch in
      try scratch.write(
        "policy.mk",
        "n1/web/a: n1/web/state.xml\n\tcp $< $@\n# dmake: allow DM207 because a tool asks\nx/%: n1/web/state.xml\n\tcp $< $@\n"
      )
      let outcome = try await scratch.run("lint", "-o", "sarif", "-f", scratch.path("policy.mk"))
      #expect(outcome.status == 0)
      let run = try run(outcome)
      let results = try #require(run["results"] as? [Object])
      #expect(results.count == 1)
      try check(results[0], try rules(run))
      let suppressions = try #require(results[0]["suppressions"] as? [Object])
      #expect(suppressions.map { $0["justification"] as? String } == ["a tool asks"])
      let file = (try location(results[0])["artifactLocation"] as? Object)?["uri"] as? String
      #expect(file == "file://\(scratch.path("policy.mk"))")
    }
  }
}
