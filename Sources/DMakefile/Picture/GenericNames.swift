import Model

/// Names with `%` in place of what differs from node to node, so that a rule for all of them is one rule in a picture.
struct GenericNames {
  /// What a name of make is in the picture.
  struct Name: Hashable {
    /// The file, with `%` where there is one for each node or process.
    let path: String
    let tag: String?
  }

  /// A name that one goal needs.
  struct Need: Hashable {
    let name: Name
    /// Whether the goal needs the file of every node rather than one.
    let isOfAll: Bool
  }

  private let members: SortedSet<String>
  /// By make's names of targets.
  private var made = SortedMap<String, Name>()
  /// The node for which a loop has made a target's rule: what a pattern rule would call its stem.
  private var loops = SortedMap<String, String>()

  init(goals: [Goal], members: [NodeName]) {
    self.members = SortedSet(members.map(\.text))
    var byPlace = SortedMap<String, [Goal]>()
    for goal in goals {
      if let stem = goal.stem {
        for target in [goal.target] + goal.alsoMakes { made[target] = generic(target, stem) }
      } else {
        byPlace[goal.place?.description ?? goal.target, default: []].append(goal)
      }
    }
    for goals in byPlace.values {
      // A rule that a variable or `$(foreach …)` made for every node.
      var forms = SortedMap<String, [String]>()
      for target in goals.flatMap({ [$0.target] + $0.alsoMakes }) {
        forms[withoutMember(target).path, default: []].append(target)
      }
      for targets in forms.values {
        for target in targets {
          made[target] = targets.count > 1 ? withoutMember(target) : Self.name(target)
          if targets.count > 1 { loops[target] = member(in: target) }
        }
      }
    }
  }

  func target(_ name: String) -> Name { made[name] ?? Self.name(name) }

  /// What a goal needs, of the names that make knows.
  func needs(_ names: [String], of goal: Goal) -> [Need] {
    var result: [Need] = []
    let stem = goal.stem ?? loops[goal.target]
    var counts = SortedMap<String, Int>()
    let found = SortedSet(names).map { name -> (name: Name, isOwn: Bool) in
      if let made = made[name] { return (made, Self.isOf(stem, name)) }
      if let stem, Self.isOf(stem, name) { return (generic(name, stem), true) }
      return (withoutMember(name), false)
    }
    for (name, _) in found { counts["\(name.path){\(name.tag ?? "")}", default: 0] += 1 }
    for ((name, isOwn), text) in zip(found, SortedSet(names)) {
      let count = counts["\(name.path){\(name.tag ?? "")}"] ?? 0
      let isAggregate = !isOwn && count > 1
      let isConcrete = !isOwn && made[text] == nil && count < max(2, members.count)
      let need = Need(name: isConcrete ? Self.name(text) : name, isOfAll: isAggregate && !isConcrete)
      if !result.contains(need) { result.append(need) }
    }
    return result
  }

  /// make's name as file and tag.
  static func name(_ text: String) -> Name {
    if let (_, path, tag) = HiddenSpace.split(text) { return Name(path: path, tag: tag) }
    return Name(path: text, tag: nil)
  }

  /// Whether a name holds a goal's stem as a word of its own: `n1` is none of `n10`.
  private static func isOf(_ stem: String?, _ name: String) -> Bool {
    stem.map { range(of: $0, in: Self.name(name).path) != nil } ?? false
  }

  private static func range(of stem: String, in path: String) -> Range<String.Index>? {
    var start = path.startIndex
    while let found = path[start...].firstRange(of: stem) {
      let before = path[..<found.lowerBound].last
      let after = path[found.upperBound...].first
      if before.map(isOfWord) != true, after.map(isOfWord) != true { return found }
      start = path.index(after: found.lowerBound)
    }
    return nil
  }

  private static func isOfWord(_ character: Character) -> Bool { character.isLetter || character.isNumber }

  private func generic(_ text: String, _ stem: String) -> Name {
    let name = Self.name(text)
    // `%/config.xml` may stand for a node and a process of it.
    let isProcess = stem.contains("/") && members.contains(String(stem.prefix { $0 != "/" }))
    guard let range = Self.range(of: stem, in: name.path) ?? name.path.firstRange(of: stem) else { return name }
    let path = name.path[..<range.lowerBound] + (isProcess ? "%/%" : "%") + name.path[range.upperBound...]
    return Name(path: String(path), tag: name.tag)
  }

  private func member(in text: String) -> String? {
    Self.name(text).path.split(separator: "/").map(String.init).first(where: members.contains)
  }

  /// The name with the first component that is a node as `%`.
  private func withoutMember(_ text: String) -> Name {
    let name = Self.name(text)
    var components = name.path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard let index = components.firstIndex(where: members.contains) else { return name }
    components[index] = "%"
    return Name(path: components.joined(separator: "/"), tag: name.tag)
  }
}
