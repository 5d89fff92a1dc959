import Foundation
import Testing

@Suite("What README, ARCHITECTURE and CONTRIBUTING say", .serialized)
struct ReadmeTests {
  private static let documents = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"]

  @Test("the policy of README runs, and all commands do what they are said to do, in README's order")
  func commands() async throws {
    try await Cluster.run { cluster in
      let readme = try Document("README.md")
      for (file, text) in readme.files {
        try cluster.scratch.write(file, text, mode: text.hasPrefix("#!") ? 0o755 : 0o644)
      }
      try await cluster.startLeader()
      try cluster.startAgent("n1")
      try cluster.startAgent("n2")
      try await cluster.status(when: "two nodes") { $0.nodes.count == 2 }
      let commands = readme.commands.filter { !["agent", "leader"].contains($0.first) }
      #expect(Set(commands.map(\.first)) == ["lint", "apply", "status"])
      for command in commands {
        if command.contains("--why") { try await waitForValue(cluster) }
        try await check(command, cluster)
      }
    }
  }

  @Test("its explanation of a value is what `status --why` prints")
  func explanation() async throws {
    try await Cluster.run { cluster in
      let readme = try Document("README.md")
      for (file, text) in readme.files {
        try cluster.scratch.write(file, text, mode: text.hasPrefix("#!") ? 0o755 : 0o644)
      }
      try await cluster.startLeader()
      try cluster.startAgent("n1")
      try await cluster.status(when: "a node") { $0.nodes.count == 1 }
      #expect(try await cluster.dmake("apply", "--wait", "policy/").status == 0)
      try await waitForValue(cluster)
      let why = try await cluster.dmake("status", "--why", "n1/worker/config.xml{note}")
      let shown = try #require(readme.blocks.first { $0.language.isEmpty }).text
      let newest = why.output.components(separatedBy: "\n\n")[0]
      #expect(lines(newest) == lines(shown), "\(why)")
    }
  }

  @Test("the daemons' command lines are complete and right, up to the state folder that cannot be")
  func daemons() async throws {
    try await Scratch.run { scratch in
      let readme = try Document("README.md")
      for (file, text) in readme.files { try scratch.write(file, text) }
      try scratch.write("plain", "")
      let commands = readme.commands.filter { ["agent", "leader"].contains($0.first) }
      #expect(Set(commands.map(\.first)) == ["agent", "leader"])
      for command in commands where !command.contains("--state-dir") {
        let outcome = try await scratch.start(command, environment: ["DMAKE_STATE_DIR": scratch.path("plain")])
          .finish()
        #expect(![0, 64].contains(outcome.status), "\(command): \(outcome)")
        #expect(outcome.errors.contains(scratch.path("plain")), "\(command): \(outcome)")
      }
    }
  }

  @Test("its DMakefiles and the example's have no findings")
  func policies() async throws {
    try await Scratch.run { scratch in
      let policies = try Document("README.md").blocks.filter { $0.language == "make" }
      #expect(policies.count == 3)
      for (number, policy) in policies.enumerated() {
        for name in ["haproxy.cfg.in", "worker.sh", "plan.xml"] { try scratch.write("\(number)/\(name)", "") }
        try scratch.write("\(number)/node.xml", "<config/>")
        try scratch.write("\(number)/share", "#!/bin/sh\n: $DMAKE_ASSIGN\n", mode: 0o755)
        try scratch.write("\(number)/DMakefile", policy.text)
        try await expect(scratch, ["lint", "\(number)"], 0)
      }
      try await expect(scratch, ["lint", Document.root + "/Examples/web-tier"], 0)
    }
  }

  @Test("each target of make that is named is one", arguments: documents)
  func targets(name: String) throws {
    let makefile = try Document("Makefile").text
    let known = Set(makefile.matches(of: /(?m)^([a-z]+):.*##/).map { String($0.output.1) })
    #expect(known.contains("demo"))
    for target in try Document(name).targets {
      #expect(known.contains(target), "\(name) names `make \(target)`")
    }
  }

  @Test("each file that is linked to or named by its path is there", arguments: documents)
  func links(name: String) throws {
    for path in try Document(name).paths {
      let parent = path.contains("*") ? String(path.prefix { $0 != "*" }) : path
      #expect(
        FileManager.default.fileExists(atPath: "\(Document.root)/\(parent)"), "\(name) names `\(path)`")
    }
  }

  @Test("the table of rooms has every target of the package")
  func rooms() throws {
    let package = try Document("Package.swift").text
    let declared = package.matches(of: /(?:module|arget)\(\s*(?:name: )?"([A-Za-z0-9]+)"/)
      .map { String($0.output.1) }.filter { $0 != "AgentFixture" }
    #expect(declared.count > 20)
    let rows = try Document("ARCHITECTURE.md").text.split(separator: "\n").filter { $0.hasPrefix("| `") }
    let named = Set(rows.flatMap { $0.split(separator: "|")[0].split(separator: "`").map(String.init) })
    for target in declared { #expect(named.contains(target), "ARCHITECTURE.md lacks `\(target)`") }
  }

  @Test("the exit codes are those of the manual")
  func exitCodes() throws {
    let manual = try Document("man/dmake.1").text.matches(of: /\.It Er (\d+)/).map { String($0.output.1) }
    let readme = try Document("README.md").text.matches(of: /(?m)^\| (\d+) \|/).map { String($0.output.1) }
    #expect(!manual.isEmpty)
    #expect(readme == manual)
  }

  private func waitForValue(_ cluster: Cluster) async throws {
    try await wait(for: "the worker's value") {
      try await cluster.status("n1/worker").files.contains { $0.content.contains("<note>7 are waiting</note>") }
    }
  }

  private func check(_ command: [String], _ cluster: Cluster) async throws {
    // The cluster has an address and a state folder of its own.
    let options = Self.removing(["--leader", "--token-file"], from: command)
    let child = try cluster.scratch.start(options, environment: ["DMAKE_LEADERS": cluster.address])
    if command.contains("--watch") || command.contains("-f"), command.first == "status" {
      let text = command.contains("--log") ? "there is a new configuration" : "n1/worker"
      try await wait(for: "a status") { child.output.contains(text) }
      child.signal(SIGTERM)
      #expect(try await child.finish().status == 130)
      return
    }
    let outcome = try await child.finish()
    // The first policy has none before it.
    let expected: Int32 = command.contains("--rollback") ? 65 : 0
    #expect(outcome.status == expected, "\(command): \(outcome)")
  }

  private static func removing(_ options: [String], from command: [String]) -> [String] {
    var result: [String] = []
    var skips = false
    for word in command {
      if skips { skips = false } else if options.contains(word) { skips = true } else { result.append(word) }
    }
    return result
  }

  /// Without times and positions of the log, which are others in each run.
  private func lines(_ text: String) -> [String] {
    text.split(separator: "\n").filter { !$0.contains("  when ") && !$0.contains("  before ") }.map {
      $0.components(separatedBy: ", at ")[0]
    }
  }
}
