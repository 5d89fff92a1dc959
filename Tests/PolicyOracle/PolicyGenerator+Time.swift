/// What depends on more than what is read: variables, and when a rule ran last.
extension PolicyGenerator {
  /// A rule that reads its order-only prerequisites, or a target with double colons. Their other prerequisites are of
  /// nodes, so that what they are does not depend on the pass of a round.
  mutating func addInTime(_ number: Int) {
    func reported() -> Name {
      Name("\(pick(Situation.nodeNames))/\(pick(["p", "q"]))/state.xml", pick(["a", "b", "c"]))
    }
    let target = Name("out/\(chance(50) ? "o" : "d")\(number)")
    var rule = Rule(.explicit, [target], [.one(reported())], Recipe(.all))
    if target.file.hasPrefix("out/o") {
      rule.recipe.body = .allAndOrder
      // What nodes make comes in a later round, and is no reason to run then.
      let hasLocal = rules.contains(where: \.isLocal)
      for _ in 0...1 {
        if hasLocal {
          rule.needs.append(.orderOnly(reported()))
          continue
        }
        let readable = pick(readables)
        let name = readable.isPerNode ? readable.name.with(stem: pick(Situation.nodeNames)) : readable.name
        rule.needs.append(.orderOnly(name))
      }
    } else {
      for _ in 0..<Int.random(in: 1...2, using: &random) { rule.furtherNeeds.append([.one(reported())]) }
    }
    rules.append(rule)
    readables.append(Readable(name: target, isPerNode: false))
  }

  /// Two variables, with more for some targets and patterns of targets.
  mutating func definitions() -> [Definition] {
    var result = ["V0", "V1"].map { Definition(scope: .global, name: $0, operation: .late, value: "g") }
    let targets = rules.filter { !$0.isLocal }.flatMap(\.targets).filter { $0.tag == nil }
      .map { $0.with(stem: pick(Situation.nodeNames)) }
    for number in 0..<Int.random(in: 0...6, using: &random) {
      let name = pick(["V0", "V1"])
      let operation = pick([Definition.Operation.late, .simple, .more, .more])
      var definition = Definition(scope: .global, name: name, operation: operation, value: "d\(number)")
      if name == "V1", operation == .late, chance(30) { definition.value = "r\(number) $(V0)" }
      if let target = targets.randomElement(using: &random), chance(85) {
        definition.scope = chance(50) ? .target(target) : .pattern(pattern(of: target.file))
      }
      if case .target = definition.scope, chance(20), !result.contains(where: { $0.scope == definition.scope })
      {
        definition.isPrivate = true
      }
      if result.contains(where: { $0.isPrivate && $0.scope == definition.scope }) { continue }
      result.append(definition)
    }
    return result
  }

  private mutating func pattern(of file: String) -> String {
    if chance(20) { return "%" }
    let parts = file.split(separator: "/").map(String.init)
    if chance(50) { return parts.dropLast().joined(separator: "/") + "/%" }
    return "%/" + parts.dropFirst().joined(separator: "/")
  }
}
