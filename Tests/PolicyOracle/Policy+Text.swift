extension Policy {
  /// The DMakefile.
  public var text: String {
    """
    %/DMake/config.xml: %/DMake/state.xml{mode}
    \tcase "$$(cat $<)" in one) cp $(DMAKE_BUNDLE)/one.xml $@;; *) cp $(DMAKE_BUNDLE)/two.xml $@;; esac

    """ + definitions.map(\.text).joined() + rules.enumerated().map { RuleText($1).text(number: $0) }.joined()
  }
}

/// Writes a rule.
private struct RuleText {
  let rule: Rule
  /// How the rule's text has its stem in names, and in commands.
  let stem: String
  let stemInCommand: String
  /// make's dollar, which is doubled in a text that `eval` reads.
  let dollar: String

  init(_ rule: Rule) {
    self.rule = rule
    if case .evaluated = rule.shape {
      (stem, stemInCommand, dollar) = ("$1", "$1", "$$")
    } else {
      (stem, stemInCommand, dollar) = ("%", "$*", "$")
    }
  }

  func text(number: Int) -> String {
    let targets = rule.targets.map(written).joined(separator: " ")
    switch rule.shape {
    case .explicit where !rule.furtherNeeds.isEmpty:
      let further = rule.furtherNeeds.map { needs in
        "\(targets):: \(prerequisites(needs))\n\t@cat /dev/null $^ >> $@\n"
      }
      return lines(targets + "::") + further.joined()
    case .explicit: return lines(targets + (rule.targets.count > 1 ? " &:" : ":"))
    case .pattern, .onDemand: return (rule.isLocal ? "[local]\n" : "") + lines(targets + ":")
    case .staticPattern: return lines("$(DMAKE_NODES:%=\(targets)): \(targets):")
    case .evaluated:
      let name = "rule\(number)"
      return
        "define \(name)\n\(lines(targets + ":"))endef\n$(foreach n,$(DMAKE_NODES),$(eval $(call \(name),$n)))\n"
    }
  }

  private func written(_ name: Name) -> String { name.with(stem: stem).description }

  private func lines(_ targets: String) -> String {
    "\(targets) \(prerequisites(rule.needs))\n" + recipe.map { "\t\($0)\n" }.joined()
  }

  private func prerequisites(_ needs: [Rule.Need]) -> String {
    var normal: [String] = []
    var after: [String] = []
    for need in needs {
      switch need {
      case .one(let name): normal.append(written(name))
      case .everyNode(let name): normal.append("\(dollar)(DMAKE_NODES:%=\(name))")
      case .orderOnly(let name): after.append(written(name))
      }
    }
    return (normal + (after.isEmpty ? [] : ["|"]) + after).joined(separator: " ")
  }

  private var recipe: [String] {
    let shell = dollar + dollar
    let sum = "cat /dev/null \(dollar)^ | awk '{ s += \(shell)1 } END { print s + 0 }'"
    var lines: [String] = []
    if let fails = rule.recipe.fails { lines.append("@if [ \"\(written(fails))\" = bad ]; then exit 3; fi") }
    if let body = rule.recipe.body { lines.append("@\(command(body, sum))") }
    for name in rule.recipe.programmed {
      lines.append(
        "@echo '\(name.with(stem: stemInCommand).description)'=\"\(shell)(\(sum))\" >> \"\(shell)DMAKE_ASSIGN\""
      )
    }
    for assignment in rule.recipe.assignments {
      lines.append("\(written(assignment.name))=\(value(assignment.value))")
    }
    return lines
  }

  private func value(_ value: Recipe.Value) -> String {
    switch value {
    case .literal(let text): text
    case .copy(let name): written(name)
    case .around(let head, let name, let tail): head + written(name) + tail
    }
  }

  private func command(_ body: Recipe.Body, _ sum: String) -> String {
    let shell = dollar + dollar
    let output =
      rule.targets.count == 1
      ? " > \(dollar)@"
      : " | tee" + rule.targets.dropFirst().map { " " + $0.with(stem: stemInCommand).file }.joined()
        + " > " + rule.targets[0].with(stem: stemInCommand).file
    let all = "\(dollar)^"
    switch body {
    case .first: return rule.targets.count == 1 ? "cp \(dollar)< \(dollar)@" : "cat \(dollar)<" + output
    case .all: return "cat /dev/null \(all)" + output
    case .sum: return sum + output
    case .program(let program): return "\(dollar)(DMAKE_BUNDLE)/\(program) \(all)" + output
    case .bundleFile(let file): return "cat \(dollar)(DMAKE_BUNDLE)/\(file) \(all)" + output
    case .nodes: return "echo \(dollar)(DMAKE_NODES)" + output
    case .stem: return "echo \(stemInCommand)" + output
    case .texts(let names): return "echo \"\(names.map(written).joined(separator: ";"))\"" + output
    case .variables(let names):
      return "echo \"\(names.map { "\(dollar)(\($0))" }.joined(separator: "|"))\"" + output
    case .allAndOrder: return "cat /dev/null \(all) \(dollar)|" + output
    case .append: return "cat /dev/null \(dollar)(filter %/stop-proc,\(all)) >> \(dollar)@"
    case .document: return "echo \"<d><s>\(shell)(\(sum))</s></d>\"" + output
    }
  }
}
