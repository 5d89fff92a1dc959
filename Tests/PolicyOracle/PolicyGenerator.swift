/// Draws policies in which each file has one rule, or rules for its elements, and which come to rest.
public struct PolicyGenerator<Random: RandomNumberGenerator> {
  /// Something that later rules may read.
  struct Readable {
    let name: Name
    /// Whether `%` is a node, so that rules for each node read their own, and aggregates all of them.
    let isPerNode: Bool
  }

  var random: Random
  var readables: [Readable] = []
  var rules: [Rule] = []
  private var files: [String: String] = [:]

  private init(_ random: Random) {
    self.random = random
    for process in ["p", "q"] {
      for tag in ["a", "b", "c", "e"] {
        readables.append(Readable(name: Name("%/\(process)/state.xml", tag), isPerNode: true))
      }
      readables.append(Readable(name: Name("%/\(process)/state.xml"), isPerNode: true))
    }
  }

  public static func policy(rules count: Int, using random: inout Random) -> Policy {
    var generator = PolicyGenerator(random)
    generator.files = [
      "one.xml": "<config><process name='p'/></config>\n",
      "two.xml": "<config><process name='p'/><process name='q'/></config>\n",
    ]
    for number in 0..<count { generator.addRule(number) }
    let definitions = generator.definitions()
    random = generator.random
    return Policy(rules: generator.rules, definitions: definitions, files: generator.files)
  }

  mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }
  mutating func pick<Element>(_ elements: [Element]) -> Element {
    elements[Int.random(in: elements.indices, using: &random)]
  }

  private mutating func addRule(_ number: Int) {
    switch Int.random(in: 0..<100, using: &random) {
    case ..<20: addFile(number, isPerNode: true)
    case ..<40: addFile(number, isPerNode: false)
    case ..<52: addTag(number, isPerNode: true)
    case ..<62: addTag(number, isPerNode: false)
    case ..<76: addAssigning(number, isPerNode: chance(50))
    case ..<82: addGroup(number)
    case ..<87: addOnDemand(number)
    case ..<90: addInTime(number)
    case ..<94: addLocal(number)
    default: addEvents(number)
    }
  }

  private mutating func shape(_ isPerNode: Bool, process: String, isInFolder: Bool = true) -> Rule.Shape {
    if !isPerNode { return .explicit }
    switch Int.random(in: 0..<4, using: &random) {
    case 0: return .staticPattern
    case 1: return .evaluated
    default: return .pattern(process: process)
    }
  }

  private mutating func addFile(_ number: Int, isPerNode: Bool) {
    let process = pick(["p", "q"])
    let shape = shape(isPerNode, process: process)
    let isDocument = chance(12)
    let file =
      (isPerNode ? "%/\(process)" : pick(["out", pick(Situation.nodeNames) + "/p"]))
      + "/f\(number)\(isDocument ? ".xml" : "")"
    let needs = needs(isPerNode)
    var recipe = Recipe(isDocument ? .document : body(needs, number, isPerNode))
    if chance(12) { recipe.fails = Name(isPerNode ? "%/p/state.xml" : "n1/p/state.xml", "ok") }
    if !isDocument, chance(15) {
      recipe.programmed = [Name(isPerNode ? "%/\(process)/y\(number).xml" : "out/y\(number).xml", "s")]
    }
    var all = needs
    if let fails = recipe.fails { all.append(.one(fails)) }
    rules.append(Rule(shape, [Name(file)], all, recipe))
    readables.append(Readable(name: Name(file), isPerNode: isPerNode))
    if isDocument { readables.append(Readable(name: Name(file, "s"), isPerNode: isPerNode)) }
    for name in recipe.programmed { readables.append(Readable(name: name, isPerNode: isPerNode)) }
  }

  private mutating func addTag(_ number: Int, isPerNode: Bool) {
    let process = pick(["p", "q"])
    let needs = needs(isPerNode)
    let body = pick([Recipe.Body.sum, .all, .first])
    if !isPerNode, chance(40) {
      // A node's part of a file that all nodes have rules for.
      let name = Name("out/plan\(number).xml", "node[@name='%']")
      let shape = pick([Rule.Shape.staticPattern, .evaluated])
      rules.append(Rule(shape, [name], [.one(Name("%/p/state.xml", pick(["a", "b"])))], Recipe(.first)))
      readables.append(Readable(name: name, isPerNode: true))
      readables.append(Readable(name: Name(name.file), isPerNode: false))
      return
    }
    let file = isPerNode ? "%/\(process)/x\(number % 3).xml" : "out/x\(number % 3).xml"
    let isRead = readables.contains { $0.name == Name(file) }
    let name = Name(
      isRead ? (isPerNode ? "%/\(process)/x\(number).xml" : "out/x\(number).xml") : file, "t\(number)")
    addTemplate(for: name.file)
    rules.append(Rule(shape(isPerNode, process: process), [name], needs, Recipe(body)))
    readables.append(Readable(name: name, isPerNode: isPerNode))
    if chance(20) { readables.append(Readable(name: Name(name.file), isPerNode: isPerNode)) }
  }

  private mutating func addTemplate(for file: String) {
    let parts = file.split(separator: "/")
    guard parts.count == 3, files["templates/\(parts[1])/\(parts[2])"] == nil, chance(40) else { return }
    files["templates/\(parts[1])/\(parts[2])"] = "<x><v>\(Int.random(in: 0..<9, using: &random))</v></x>\n"
  }

  private mutating func addAssigning(_ number: Int, isPerNode: Bool) {
    let process = pick(["p", "q"])
    let file =
      isPerNode
      ? "%/\(process)/z\(number).xml" : pick(["out", pick(Situation.nodeNames) + "/q"]) + "/z\(number).xml"
    let needs = needs(isPerNode)
    let tags = Self.tags(needs)
    var assignments: [Recipe.Assignment] = []
    for index in 0..<Int.random(in: 1...3, using: &random) {
      let name = Name(file, "t\(index)")
      if let tag = tags.first, chance(40) {
        assignments.append(.init(name, .around("v:", tag, ":w")))
      } else if let tag = tags.last, chance(70) {
        assignments.append(.init(name, .copy(tag)))
      } else {
        assignments.append(.init(name, .literal("l\(Int.random(in: 0..<5, using: &random))")))
      }
    }
    addTemplate(for: file)
    rules.append(
      Rule(shape(isPerNode, process: process), [Name(file)], needs, Recipe(nil, assignments: assignments)))
    for assignment in assignments { readables.append(Readable(name: assignment.name, isPerNode: isPerNode)) }
    if chance(25) { readables.append(Readable(name: Name(file), isPerNode: isPerNode)) }
  }

  /// The values among what a rule needs that are one node's.
  private static func tags(_ needs: [Rule.Need]) -> [Name] {
    needs.compactMap { need in
      if case .one(let name) = need, name.tag != nil { name } else { nil }
    }
  }

  private mutating func addGroup(_ number: Int) {
    let isPerNode = chance(50)
    let process = pick(["p", "q"])
    let folder = isPerNode ? "%/\(process)" : "out"
    let targets = ["g", "h"].map { Name("\(folder)/\($0)\(number)") }
    let needs = needs(isPerNode)
    var recipe = Recipe(pick([.sum, .all, .first]))
    if chance(40) { recipe.programmed = [Name("\(folder)/y\(number).xml", "s")] }
    if chance(40) {
      let copied = Self.tags(needs).first
      recipe.assignments = [
        .init(Name("\(folder)/w\(number).xml", "t"), copied.map { .copy($0) } ?? .literal("l\(number)"))
      ]
    }
    rules.append(Rule(isPerNode ? .pattern(process: process) : .explicit, targets, needs, recipe))
    for name in recipe.programmed { readables.append(Readable(name: name, isPerNode: isPerNode)) }
    for assignment in recipe.assignments {
      readables.append(Readable(name: assignment.name, isPerNode: isPerNode))
    }
    for target in targets { readables.append(Readable(name: target, isPerNode: isPerNode)) }
  }

  private mutating func addOnDemand(_ number: Int) {
    let target = Name(pick(["mid/%.m\(number)", "mid/m\(number)-%", "deep/er/%-\(number)"]))
    rules.append(Rule(.onDemand, [target], needs(true), Recipe(pick([.sum, .all, .first, .stem]))))
    readables.append(Readable(name: target, isPerNode: true))
    if chance(60) {
      let file = Name("out/all\(number)")
      rules.append(Rule(.explicit, [file], [.everyNode(target)], Recipe(pick([.sum, .all]))))
      readables.append(Readable(name: file, isPerNode: false))
    }
  }

  /// A rule of the node's own agent, over files of the node.
  private mutating func addLocal(_ number: Int) {
    // Each node runs it: a node does not know what other nodes' rules need of processes that it does not run.
    let process = "p"
    let own = readables.filter { $0.isPerNode && $0.name.file.hasPrefix("%/") }
    var needs: [Rule.Need] = []
    for _ in 0..<Int.random(in: 1...2, using: &random) {
      needs.append(.one((chance(50) ? pick(Array(own.suffix(4))) : pick(own)).name))
    }
    let isTag = chance(40)
    let target = Name("%/\(process)/\(isTag ? "lx\(number).xml" : "l\(number)")", isTag ? "t" : nil)
    var rule = Rule(.pattern(process: process), [target], needs, Recipe(pick([.sum, .all, .first])))
    if !isTag, chance(25) {
      rule.recipe.fails = Name("%/p/state.xml", "ok")
      rule.needs.append(.one(Name("%/p/state.xml", "ok")))
    }
    rule.isLocal = true
    rules.append(rule)
    readables.append(Readable(name: target, isPerNode: true))
  }

  private mutating func addEvents(_ number: Int) {
    let process = pick(["p", "q"])
    var recipe = Recipe(.append)
    var needs: [Rule.Need] = [.one(Name("%/\(process)/stop-proc"))]
    if chance(40) { needs.append(.one(Name("%/p/state.xml", pick(["a", "b"])))) }
    if chance(40) {
      recipe.fails = Name("%/p/state.xml", "ok")
      needs.append(.one(Name("%/p/state.xml", "ok")))
    }
    let target = Name("%/\(process)/ends\(number)")
    rules.append(Rule(.pattern(process: process), [target], needs, recipe))
  }

  private mutating func needs(_ isPerNode: Bool) -> [Rule.Need] {
    var needs: [Rule.Need] = []
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      // What was made last is read more often, so that there are chains.
      let readable = chance(50) ? pick(Array(readables.suffix(6))) : pick(readables)
      if !readable.isPerNode {
        needs.append(.one(readable.name))
      } else if isPerNode, chance(80) {
        needs.append(.one(readable.name))
      } else if chance(50) {
        needs.append(.everyNode(readable.name))
      } else {
        needs.append(.one(readable.name.with(stem: pick(Situation.nodeNames))))
      }
    }
    if chance(20) {
      let readable = pick(readables)
      let name =
        readable.isPerNode && !isPerNode ? readable.name.with(stem: pick(Situation.nodeNames)) : readable.name
      needs.append(.orderOnly(name))
    }
    return needs
  }

  private mutating func body(_ needs: [Rule.Need], _ number: Int, _ isPerNode: Bool) -> Recipe.Body {
    let tags = Self.tags(needs)
    switch Int.random(in: 0..<16, using: &random) {
    case 14, 15: return .variables(["V0", "V1"])
    case 0, 1: return .first
    case 2, 3: return .sum
    case 4, 5:
      files["prog\(number)"] =
        "#!/bin/sh\necho k\(Int.random(in: 0..<9, using: &random))\ncat /dev/null \"$@\"\n"
      return .program("prog\(number)")
    case 6:
      files["data\(number)"] = "d\(Int.random(in: 0..<9, using: &random))\n"
      return .bundleFile("data\(number)")
    case 7: return .nodes
    case 8: return isPerNode ? .stem : .all
    case 9, 10, 11: return tags.isEmpty ? .all : .texts(tags)
    default: return .all
    }
  }
}
