import FileTree
import Linux
import Model

extension RoundExecution {
  /// Compares every input with what it was, gives those that changed a new stamp, and shows make all of them:
  /// values as hidden files, absent files as stand-ins.
  func refreshInputs() throws(RoundFailure) {
    let presence = presence
    do throws(SystemError) {
      for (name, reference) in graph.inputs {
        let content = currentContent(of: reference, presence)
        let record = refreshed(reference, name, content)
        try show(name, reference, content, record.stamp)
      }
    } catch { throw .file(error) }
  }

  var presence: Presence {
    Presence(tree: tree, members: request.members, mentioned: graph.mentionedPaths)
  }

  /// The content that a policy reads: nil for an absent file, the empty list for a tag in one.
  private func currentContent(of reference: ValueReference, _ presence: Presence) -> Content? {
    let file = presence.isReadable(reference.path) ? tree[reference.path]?.content : nil
    return reference.tag.map { values.content(of: $0, in: reference.path, file) } ?? file
  }

  private func refreshed(_ reference: ValueReference, _ name: String, _ content: Content?) -> InputRecord {
    let old = memory[input: reference]
    if let old, old.digest == content?.digest { return old }
    var stamp = LogicalStamp.input(request.index, pass: pass)
    // That handled occurrences of an event go is no change (DESIGN 3b, rule 9).
    let isGone = Presence.isEvent(reference.path) && tree[reference.path] == nil
    if let old, isGone { stamp = old.stamp }
    let record = InputRecord(stamp: stamp, content: content)
    memory[input: reference] = record
    if !isGone, old != nil || content != nil {
      changedInputs[name] = InputChange(old: changedInputs[name].map(\.old) ?? old?.text, new: record.text)
    }
    return record
  }

  private func show(
    _ name: String, _ reference: ValueReference, _ content: Content?, _ stamp: LogicalStamp
  ) throws(SystemError) {
    if reference.tag != nil {
      try root.write(name, content ?? TagValues.none, stamp)
      return
    }
    let standIn = HiddenFiles.standIn(for: reference.path)
    guard content == nil else {
      try root.setStamp(of: name, stamp)
      if root.digest(of: standIn) != nil { try root.remove(standIn) }
      return
    }
    try root.write(standIn, TagValues.none, stamp)
  }

  /// One digest of the rule and all that it reads.
  func inputsDigest(of rule: RuleGraph.Rule) -> Digest {
    var bytes = rule.signature.bytes
    for name in rule.prerequisites + rule.orderOnly {
      let digest =
        graph.inputs[name].flatMap { memory[input: $0]?.digest } ?? root.digest(of: name)
      bytes += digest?.bytes ?? [0]
    }
    return Digest(of: bytes)
  }

  /// Removes the records and hidden files of what is no longer read.
  func forgetInputs() throws(SystemError) {
    let read = Set(graph.inputs.values.map(\.description))
    for reference in memory.inputs where !read.contains(reference) {
      let isAssembled = graph.rules.contains(reference)
      if !isAssembled { memory.forgetInput(reference) }
    }
    var kept = Set(graph.inputs.keys)
    for (name, reference) in graph.inputs where reference.tag == nil {
      kept.insert(HiddenFiles.standIn(for: reference.path))
      kept.insert(name)
    }
    for path in root.paths where HiddenFiles.isHidden(path) && !kept.contains(path) {
      if !graph.rules.contains(path) && !HiddenFiles.isOwn(path) { try root.remove(path) }
    }
  }
}
