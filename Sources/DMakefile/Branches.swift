import Model

/// What may hold at a line, since conditionals above it take lines away: one of several states.
struct Branches<State> {
  private var open: [(before: [State], ended: [State], isComplete: Bool)] = []

  var isInside: Bool { !open.isEmpty }

  /// The states behind the line of a conditional with these words, where `states` are those before it.
  mutating func take(_ words: [String], _ states: [State]) -> [State] {
    let word = words.first ?? ""
    if word.hasPrefix("if") {
      open.append((states, [], false))
      return states
    }
    guard var last = open.popLast() else { return states }
    last.ended += states
    if word == "endif" { return last.ended + (last.isComplete ? [] : last.before) }
    if !words.dropFirst().contains(where: { $0.hasPrefix("if") }) { last.isComplete = true }
    open.append(last)
    return last.before
  }
}

/// Groups of states that hold at different lines, each put together of earlier ones. A conditional costs the same
/// however many states there are; only where they are asked for are they gone through.
struct Alternatives<State> {
  private enum Node {
    case states([State])
    case any([Int])
  }

  private var nodes: [Node] = []

  mutating func note(_ states: [State]) -> Int { note(.states(states)) }

  /// What is one of several.
  mutating func join(_ numbers: [Int]) -> Int {
    guard let first = numbers.first, numbers.contains(where: { $0 != first }) else {
      return numbers.first ?? note([])
    }
    return note(.any(numbers))
  }

  private mutating func note(_ node: Node) -> Int {
    nodes.append(node)
    return nodes.count - 1
  }

  /// The states of a group, each once.
  func states(of number: Int) -> [State] {
    var result: [State] = []
    var seen: SortedSet<Int> = []
    var waiting = [number]
    while let number = waiting.popLast() {
      guard !seen.contains(number) else { continue }
      seen.insert(number)
      switch nodes[number] {
      case .states(let states): result += states
      case .any(let numbers): waiting += numbers.reversed()
      }
    }
    return result
  }
}
