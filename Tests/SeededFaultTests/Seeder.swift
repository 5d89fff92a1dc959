import DMakefile
import Foundation
import Model

/// Puts one fault at a time into a correct policy, at every place where its kind can be made.
struct Seeder {
  let policy: Policy
  private(set) var mutants: [Mutant] = []

  init(_ policy: Policy) throws {
    self.policy = policy
    try text()
    try graph()
    try bundleFaults()
    try annotations()
  }

  private mutating func add(_ kind: Fault, _ name: String, _ change: (inout Policy) -> Void) throws {
    var mutant = policy
    change(&mutant)
    let bundle = try mutant.bundle
    guard bundle != (try policy.bundle) else { return }
    mutants.append(Mutant(kind: kind, name: "\(policy.name): \(name)", bundle: bundle))
  }

  /// One that appends lines.
  private mutating func append(_ kind: Fault, _ text: String) throws {
    try add(kind, "and \(text)") { $0.lines += text.components(separatedBy: "\n") }
  }

  private mutating func text() throws {
    for rule in policy.rules {
      let line = rule.recipe.lowerBound
      try add(.lostTab, "line \(line + 1)") { $0.lines[line] = "    " + $0.lines[line].dropFirst() }
      if policy.lines[line].contains(/^\t[^ ]+\}=/) {
        try add(.lostAssignment, "line \(line + 1)") { $0.lines[line].removeFirst() }
      }
      guard let tag = Policy.tags(in: rule.prerequisites).first else { continue }
      try add(.unclosedTag, tag.text) { $0.lines[rule.head].replace(tag.text, with: tag.text.dropLast()) }
      try add(.badTag, tag.text) {
        $0.lines[rule.head].replace(tag.text, with: "\(tag.file){\(tag.tag)[@id=1]}")
      }
    }
    try append(.syntax, "endif")
    try append(.syntax, "this is no rule")
    try append(.syntax, "x := $(subst a,b")
    try append(.syntax, "ifeq (a,b")
    for name in ["DMAKE_NODES", "DMAKE_BUNDLE"] {
      guard let line = policy.lines.firstIndex(where: { $0.contains("$(\(name)") }) else { continue }
      try add(.unknownVariable, name) { $0.lines[line].replace("$(\(name)", with: "$(\(name.dropLast())") }
      try add(.shortReference, name) {
        $0.lines[line].replace("$(\(name))", with: "$\(name)", maxReplacements: 1)
      }
    }
    let states = policy.rules.flatMap { Policy.tags(in: $0.prerequisites) }.filter { $0.file.hasPrefix("%/") }
    if let tag = states.first {
      try append(
        .wildcard, "n1/\(process)/all: \(tag.file.replacing("%", with: "*")){\(tag.tag)}\n\tcat $^ > $@")
      let own = tag.text.replacing("%", with: "n1")
      try append(.condition, "ifeq (\(own),1)\nendif")
      try append(.unknownFunction, "n1/\(process)/fn: \(own)\n\techo $(cat $<) > $@")
      try append(.notWritten, "n1/\(process)/none: \(own)\n\tsort $<")
      try append(
        .assignmentText,
        "n1/\(process)/set: \(own)\n\techo \"n1/\(process)/set.xml{a}=1\" >> \"$$DMAKE_ASSIGN\"; cp $< $@")
      try append(
        .valueAsCode, "%/\(process)/code: \(tag.text)\n\tsh -c \(tag.text.replacing("%", with: "$*")) > $@")
      try append(
        .valueAsCode, "%/\(process)/code: \(tag.text)\n\teval \(tag.text.replacing("%", with: "$*")) > $@")
      try append(.valueAsCode, "CODE := $(shell \(tag.text.replacing("%", with: "n1")))")
    }
    try append(.shellFunction, "HOST := $(shell uname -n)\nn1/\(process)/host:\n\techo $(HOST) > $@")
    try append(.shellFunction, "HOST != uname -n\nn1/\(process)/host:\n\techo $(HOST) > $@")
  }

  /// A process of the policy.
  private var process: String {
    let folders = policy.lines.compactMap { $0.firstMatch(of: /(?:^|[ =])%\/([a-z]+)\//)?.output.1 }
    return folders.first.map(String.init) ?? "app"
  }

  private mutating func graph() throws {
    for value in policy.madeValues {
      let reader = policy.rules.first { $0.prerequisites.contains(value) && $0.targets != value }
      guard let reader, let brace = value.lastIndex(of: "{") else { continue }
      let wrong = "\(value[..<brace]){x\(value[value.index(after: brace)...])"
      try add(.misspelledValue, value) {
        $0.lines[reader.head].replace(
          ": " + reader.prerequisites, with: ": " + reader.prerequisites.replacing(value, with: wrong))
      }
    }
    for rule in policy.results {
      try add(.deletedRule, rule.targets) { $0.lines.removeSubrange(rule.first..<rule.recipe.upperBound) }
      let reader = policy.rules.first { Policy.words($0.prerequisites).contains(rule.targets) }
      if let reader, !reader.targets.contains("%"), !reader.targets.contains("$"), !rule.targets.contains("%") {
        try add(.circle, "\(rule.targets) by \(reader.targets)") { $0.lines[rule.head] += " \(reader.targets)" }
      }
    }
    for rule in policy.rules where !rule.targets.contains(" ") && !rule.targets.contains(":") {
      let target = rule.targets
      try append(.secondWriter, "\(target):\n\techo another > $@")
      if let tag = Policy.tags(in: target).first {
        try append(.mixedWriters, "\(tag.file):\n\techo '<config/>' > $@")
      } else if let slash = target.lastIndex(of: "/"), target.hasPrefix("%/") {
        let name = "\(target[...slash]).\(target[target.index(after: slash)...])"
        try add(.badName, name) { $0.lines[rule.head].replace(target, with: name, maxReplacements: 1) }
      }
      if target.contains("/config.xml{") {
        let state = target.replacing("/config.xml{", with: "/state.xml{")
        try add(.foreignFile, state) { $0.lines[rule.head].replace(target, with: state, maxReplacements: 1) }
      }
      let read = rule.recipe.flatMap { Policy.tags(in: policy.lines[$0]) }.map(\.text)
      let written = rule.recipe.contains { policy.lines[$0].contains("}=") }
      for tag in Policy.tags(in: rule.prerequisites) where !written {
        guard read.contains(tag.text) || read.contains(tag.text.replacing("%", with: "$*")) else { continue }
        let rest = Policy.words(rule.prerequisites).filter { $0 != tag.text }.joined(separator: " ")
        try add(.undeclared, tag.text) { $0.lines[rule.head] = "\(target): \(rest)" }
      }
    }
    try append(.outside, "n1/\(process)/all: %/\(process)/state.xml\n\tcp $< $@")
    try append(.outside, "n1/\(process)/all: /etc/hosts\n\tcp $< $@")
    try append(.unread, "n1-summary: $(DMAKE_NODES:%=%/\(process)/state.xml)\n\tcat $^ > $@")
    try append(.unread, "summary.xml{count}: $(DMAKE_NODES:%=%/\(process)/state.xml)\n\tcat $^ | wc -l > $@")
    try append(.unneeded, "leftover/%: %/\(process)/state.xml\n\tcp $< $@")
    try append(.remadeInclude, "include made.mk\nmade.mk: n1/\(process)/state.xml\n\techo X = 1 > $@")
    try append(.circle, "a-circle: b-circle\n\tcp $< $@\nb-circle: a-circle\n\tcp $< $@")
  }

  private mutating func bundleFaults() throws {
    let recipes = policy.rules.flatMap { rule in rule.recipe.map { policy.lines[$0] } }.joined(separator: "\n")
    for (name, file) in policy.files.sorted(by: { $0.key < $1.key }) {
      if recipes.contains("\t\(name) ") {
        try add(.missingProgram, name) { $0.files[name] = nil }
        if file.isExecutable { try add(.notExecutable, name) { $0.files[name]?.isExecutable = false } }
      }
      if recipes.contains("$(DMAKE_BUNDLE)/\(name)") { try add(.missingFile, name) { $0.files[name] = nil } }
      if name.hasSuffix("-node.xml"), recipes.contains(name) {
        try add(.badConfiguration, name) { $0.replace("<executable>", with: "<exec>", in: name) }
        try add(.badConfiguration, name) {
          $0.replace("<process name=", with: "<process nam=", in: name)
        }
      }
    }
    for rule in policy.rules {
      let line = rule.recipe.lowerBound
      for command in ["date", "hostname", "echo $$RANDOM", "curl -s http://example.org/"]
      where rule.head % 3 == 0 {
        try add(.disagreement, "\(rule.targets) by \(command)") {
          $0.lines.insert("\t\(command) > $@", at: line)
        }
      }
    }
  }

  private mutating func annotations() throws {
    let other = "n1/\(process)/state.xml{x}"
    for rule in policy.rules where rule.first == rule.head {
      if rule.targets.hasPrefix("%/"), !rule.targets.contains(" "), !rule.prerequisites.contains("n1") {
        try add(.localReadsOther, rule.targets) {
          $0.lines[rule.head] = "\(rule.targets): \(other) \(rule.prerequisites)"
          $0.lines.insert("[local]", at: rule.first)
        }
      }
    }
    for rule in policy.results where rule.first == rule.head {
      let name = rule.targets.hasSuffix("/%") ? "=\(rule.targets)" : rule.targets
      let reader = policy.rules.first {
        $0.prerequisites.contains(name) && $0.targets != rule.targets && $0.first == $0.head
      }
      guard let reader else { continue }
      try add(.joinedLeaders, "\(rule.targets), \(reader.targets)") {
        for line in [rule.head, reader.head].sorted(by: >) {
          $0.lines.insert(line == rule.head ? "[leader one]" : "[leader two]", at: line)
        }
      }
    }
    guard let rule = policy.rules.first else { return }
    try add(.badAnnotation, "[lokal]") { $0.lines.insert("[lokal]", at: rule.first) }
    try add(.badAnnotation, "[leader]") { $0.lines.insert("[leader]", at: rule.first) }
    try append(.badAnnotation, "[local]")
    for path in ["count(//process) >", "//process[", "not(count(//process)", "1 +* 2"] {
      try add(.badInvariant, path) { $0.lines.insert("[always \(path)]", at: rule.first) }
    }
  }
}
