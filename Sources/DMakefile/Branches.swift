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
