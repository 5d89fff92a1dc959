import FileTree
import Linux
import Model

extension RoundExecution {
  /// Compares inputs with what they were, gives those that changed a new stamp, and shows make all of them: values as
  /// hidden files, absent files as stand-ins. Who reads what changed becomes a candidate. `others` are looked at
  /// besides those whose files changed.
  func refreshInputs(_ others: [String]) throws(RoundFailure) {
    var names = Set(others)
    let changed = workshop.takeChangedPaths()
    // Rules that wrote such a file by its tags have no reason to run, and what they set stands.
    try assemble(SortedSet(changed.filter { tree[$0] == nil && !workshop.assigners.targets(of: $0).isEmpty }))
    for path in changed.union(workshop.takeChangedPaths()) {
      names.formUnion(graph.inputNames(of: path))
      if tree[path] == nil, graph.contains(path.text) { candidates.insert(path.text) }
    }
    do throws(SystemError) {
      try root.writeBatch { (batch) throws(SystemError) in
        // In order, since a file beside another is written sooner.
        for name in names.sorted() {
          if let reference = graph.inputs[name] { try refresh(reference, name, batch) }
        }
      }
    } catch { throw .file(error) }
  }

  private func refresh(
    _ reference: ValueReference, _ name: String, _ batch: FileBatch
  ) throws(SystemError) {
    let content = currentContent(of: reference, workshop.presence)
    let (record, isNew) = refreshed(reference, name, content)
    try show(name, reference, content, record.stamp, batch)
    if isNew { candidates.formUnion(graph.successors(of: name)) }
  }

  /// The content that a policy reads: nil for an absent file, the empty list for a tag in one.
  func currentContent(of reference: ValueReference, _ presence: Presence) -> Content? {
    let file = presence.isReadable(reference.path) ? tree[reference.path]?.content : nil
    return reference.tag.map { workshop.values.content(of: $0, in: reference.path, file) } ?? file
  }

  private func refreshed(
    _ reference: ValueReference, _ name: String, _ content: Content?
  ) -> (record: InputRecord, isNew: Bool) {
    let old = memory[input: reference]
    if let old, old.digest == content?.digest { return (old, false) }
    var stamp = LogicalStamp.input(request.index, pass: pass)
    // That handled occurrences of an event go is no change (DESIGN 3b, rule 9).
    let isGone = Presence.isEvent(reference.path) && tree[reference.path] == nil
    if let old, isGone { stamp = old.stamp }
    let record = InputRecord(stamp: stamp, content: content)
    memory[input: reference] = record
    if !isGone, old != nil || content != nil {
      changedInputs[name] = InputChange(old: changedInputs[name].map(\.old) ?? old?.text, new: record.text)
    }
    return (record, true)
  }

  private func show(
    _ name: String, _ reference: ValueReference, _ content: Content?, _ stamp: LogicalStamp, _ batch: FileBatch
  ) throws(SystemError) {
    if reference.tag != nil {
      try batch.write(name, content ?? TagValues.none, stamp)
      return
    }
    let standIn = HiddenFiles.standIn(for: reference.path)
    guard content == nil else {
      try root.setStamp(of: name, stamp)
      if root.digest(of: standIn) != nil { try root.remove(standIn) }
      return
    }
    try batch.write(standIn, TagValues.none, stamp)
  }

  /// Whether a rule's file is put together from tags, so that others than its own rule change it.
  private func isAssembled(_ name: String) -> Bool {
    guard graph.contains(name), let path = try? TreePath(name) else { return false }
    return !workshop.assigners.targets(of: path).isEmpty
  }

  /// Removes the records and hidden files of what is no longer read.
  func forgetInputs() throws(SystemError) {
    let read = Set(graph.inputs.values.map(\.description))
    for reference in memory.inputs where !read.contains(reference) && !isAssembled(reference) {
      memory.forgetInput(reference)
    }
    var kept = Set(graph.inputs.keys)
    for (name, reference) in graph.inputs where reference.tag == nil {
      kept.insert(HiddenFiles.standIn(for: reference.path))
      kept.insert(name)
    }
    for path in root.paths where HiddenFiles.isHidden(path) && !kept.contains(path) {
      if !graph.contains(path) && !HiddenFiles.isOwn(path) { try root.remove(path) }
    }
  }
}
