import Model
import Testing

@testable import MakeWrapper

/// SplitMix64: small, and the same everywhere for the same seed.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}

/// Random policies whose rules are functions of their inputs.
private struct RandomPolicy {
  static let nodes = ["n1", "n2", "n3"]

  let text: String
  let isPlain: Bool

  init(using generator: inout SeededGenerator, isPlain: Bool) {
    self.isPlain = isPlain
    var names = Self.nodes.map { "\($0)/web/state.xml" } + ["in/a", "in/b"]
    var lines: [String] = []
    for number in 0..<Int.random(in: 2...7, using: &generator) {
      var read = Array(names.shuffled(using: &generator).prefix(Int.random(in: 1...3, using: &generator)))
      if !isPlain {
        read = read.map { name in
          name.hasSuffix(".xml") && Bool.random(using: &generator) ? name + "{load}" : name
        }
      }
      let target = "out/f\(number)"
      switch Int.random(in: 0..<(isPlain ? 2 : 4), using: &generator) {
      case 0:
        lines.append("\(target): \(read.joined(separator: " "))\n\tcat $^ | cksum > $@")
        names.append(target)
      case 1:
        lines.append("%/web/g\(number): %/web/state.xml \(read[0])\n\tcat $^ | cksum > $@")
      case 2:
        lines.append("out/x.xml{t\(number)}: \(read.joined(separator: " "))\n\tcat $^ | cksum > $@")
        names.append("out/x.xml{t\(number)}")
      default:
        lines.append(
          "\(target): \(read.joined(separator: " "))\n\tcat $^ > $@\n\tout/y.xml{t\(number)}=$(words $(file <$<))"
        )
        names.append("out/y.xml{t\(number)}")
      }
    }
    text = lines.joined(separator: "\n") + "\n"
  }
}

@Suite("Incremental rounds give what a full run from nothing gives")
struct IncrementalTests {
  @Test(
    "3b rule 11: for plain rules that are functions of their inputs", arguments: 1...6 as ClosedRange<UInt64>)
  func plain(seed: UInt64) async throws { try await compare(seed: seed, isPlain: true) }

  @Test("3b rule 11: for rules with tags and assignments", arguments: 101...106 as ClosedRange<UInt64>)
  func tags(seed: UInt64) async throws { try await compare(seed: seed, isPlain: false) }

  private func compare(seed: UInt64, isPlain: Bool) async throws {
    var generator = SeededGenerator(seed: seed)
    var policy = RandomPolicy(using: &generator, isPlain: isPlain)
    let world = try World(policy.text, members: ["n1"])
    var inputs = SortedMap<String, String>()
    for node in RandomPolicy.nodes {
      inputs["\(node)/DMake/config.xml"] = "<config><process name='web'/></config>"
    }
    for (path, text) in inputs { try world.set(path, text) }
    for _ in 0..<6 {
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        try mutate(&inputs, world, &generator)
      }
      if Int.random(in: 0..<5, using: &generator) == 0 {
        policy = RandomPolicy(using: &generator, isPlain: isPlain)
        try world.activate(policy.text)
      }
      if Int.random(in: 0..<4, using: &generator) == 0 { try await world.restart() }
      let result = try await world.round()
      #expect(result.problems == [], "seed \(seed), policy:\n\(policy.text)")
      try await expectFullRun(world, policy, inputs, seed)
    }
  }

  private func expectFullRun(
    _ world: World, _ policy: RandomPolicy, _ inputs: SortedMap<String, String>, _ seed: UInt64
  ) async throws {
    let fresh = try World(policy.text, members: world.members.map(\.text))
    for (path, text) in inputs { try fresh.set(path, text) }
    try await fresh.round()
    #expect(fresh.filesInTree.count > inputs.count)
    #expect(world.filesInTree == fresh.filesInTree, "seed \(seed), policy:\n\(policy.text)")
    #expect(try world.filesOnDisk() == world.filesInTree, "seed \(seed)")
  }

  private func mutate(
    _ inputs: inout SortedMap<String, String>, _ world: World, _ generator: inout SeededGenerator
  ) throws {
    let value = Int.random(in: 0..<4, using: &generator)
    switch Int.random(in: 0..<6, using: &generator) {
    case 0:
      let name = "in/\(Bool.random(using: &generator) ? "a" : "b")"
      inputs[name] = "\(value)"
      try world.set(name, "\(value)")
    case 1:
      guard let node = RandomPolicy.nodes.randomElement(using: &generator) else { return }
      guard world.members.contains(where: { $0.text == node }) else {
        world.members = (world.members + [try NodeName(node)]).sorted()
        inputs["\(node)/DMake/config.xml"] = "<config><process name='web'/></config>"
        try world.set("\(node)/DMake/config.xml", inputs["\(node)/DMake/config.xml"])
        return
      }
      guard world.members.count > 1 else { return }
      try world.lose(node)
      inputs.removeAll { name, _ in name.hasPrefix(node + "/") }
    default:
      guard let node = world.members.randomElement(using: &generator) else { return }
      let name = "\(node)/web/state.xml"
      let noise = Int.random(in: 0..<3, using: &generator)
      let text = "<s><load>\(value)</load><noise>\(noise)</noise></s>"
      inputs[name] = text
      try world.set(name, text)
    }
  }
}
