import Model

extension GraphCheck {
  /// Rules that remember events in a file of a node, whose folder goes when the node has left. The node's own rules
  /// remember on the node.
  var memoryFindings: [Diagnostic] {
    goals.indices.compactMap { number in
      let goal = goals[number]
      guard !goal.isLocal, let output = goal.output?.reference, output.tag == nil, output.path.isOfNode,
        flow.prerequisites(of: number).contains(where: { flow.references[$0]?.path.isEvent == true }),
        let site = goal.place.flatMap({ text.rule(at: $0) }),
        RecipeCheck(text, site, isLocal: false).keepsTarget
      else { return nil }
      return finding(
        .memoryOfNode, .warning, goal.place, target: goal.target,
        "`\(output.path)` remembers events, and goes with its node",
        note: "when a node has left, its folder goes with all that policies keep there",
        hint:
          "remember in one file outside, as `ends: $(DMAKE_NODES:%=%/PROC/stop-proc)`, and let the node's file read it"
      )
    }
  }
}

extension TreePath {
  fileprivate var isEvent: Bool {
    let names = [Self.stopProcFile, Self.newNodeFile, Self.failNodeFile]
    return isOfNode && names.contains { text.hasSuffix("/\($0)") }
  }
}

extension RecipeCheck {
  /// Programs that read the files which they are given.
  private static let readers: SortedSet<String> = [
    "[", "awk", "cat", "cmp", "comm", "cut", "diff", "egrep", "gawk", "grep", "head", "jq", "mawk", "paste",
    "sed", "sort", "tac", "tail", "test", "uniq", "wc", "xmllint",
  ]

  /// Whether what the target held before becomes a part of what it holds: the recipe appends to it, or reads it, before
  /// it writes it anew.
  var keepsTarget: Bool {
    let commands = lines.filter { !$0.isAssignment }.flatMap { $0.commands + $0.inner }
    let keeping = SortedSet(commands.flatMap(keptTargets).map(\.lowerBound))
    let written = commands.flatMap(writes).filter(isTarget).map(\.lowerBound).filter { !keeping.contains($0) }
    guard let first = keeping.first else { return false }
    return written.allSatisfy { $0 > first }
  }

  private func isTarget(_ word: Range<Int>) -> Bool { plain(word) == "$@" }

  /// The words of a command by which it appends to the target or reads it.
  private func keptTargets(_ command: ShellCommand) -> [Range<Int>] {
    let redirected = command.redirections.filter { word in
      let before = bytes[..<word.lowerBound].reversed().drop { Byte.isBlank($0) }
      return isTarget(word) && (before.starts(with: ">>".utf8) || before.first == UInt8(ascii: "<"))
    }
    guard let first = command.words.first else { return redirected }
    let arguments = command.words.dropFirst().filter { bytes[$0].first != Byte.minus }
    switch name(first) {
    case "cp", "mv": return redirected + arguments.dropLast().filter(isTarget)
    case "tee":
      let appends = command.words.contains { ["-a", "--append"].contains(text($0)) }
      return redirected + (appends ? arguments.filter(isTarget) : [])
    case let name where Self.readers.contains(name): return redirected + arguments.filter(isTarget)
    default: return redirected
    }
  }
}
