import DMakefile
import FileTree
import Linux
import Model

extension RoundExecution {
  /// Compares inputs with what they were, gives those that changed a new stamp, and shows make all of them: values as
  /// hidden files, absent files as stand-ins. Who reads what changed becomes a candidate. `others` are looked at
  /// besides those whose files changed.
  func refreshInputs(_ others: VertexSet) throws(RoundFailure) {
    var inputs = others
    let changed = workshop.takeChangedPaths()
    // Rules that wrote such a file by its tags have no reason to run, and what they set stands.
    try assemble(changed.filter { tree[$0] == nil && workshop.assigners.contains($0) }.sorted())
    for path in changed.union(workshop.takeChangedPaths()) {
      inputs.formUnion(graph.inputs(of: path))
      if tree[path] == nil, let rule = graph.vertex(of: path.text), graph.isRule(rule) {
        candidates.insert(rule)
      }
    }
    do throws(SystemError) {
      try root.writeBatch { (batch) throws(SystemError) in
        // In order, since a file beside another is written sooner.
        for input in inputs { try refresh(input, batch) }
      }
    } catch { throw .file(error) }
  }

  private func refresh(_ input: Vertex, _ batch: FileBatch) throws(SystemError) {
    guard let reference = graph.input(input) else { return }
    let content = currentContent(of: reference, workshop.presence)
    let (record, isNew) = refreshed(reference, input, content)
    try show(input, reference, content, record.stamp, batch)
    if isNew { candidates.formUnion(graph.successors(of: input)) }
  }

  /// The content that a policy reads: nil for an absent file, the empty list for a tag in one.
  func currentContent(of reference: ValueReference, _ presence: Presence) -> Content? {
    let file = presence.isReadable(reference.path) ? tree[reference.path]?.content : nil
    return reference.tag.map { workshop.values.content(of: $0, in: reference.path, file) } ?? file
  }

  private func refreshed(
    _ reference: ValueReference, _ input: Vertex, _ content: Content?
  ) -> (record: InputRecord, isNew: Bool) {
    let old = ledger[input: input]
    if let old, old.digest == content?.digest { return (old, false) }
    var stamp = LogicalStamp.input(request.index, pass: pass)
    // That handled occurrences of an event go is no change (dmakefile(5), Events).
    let isGone = Presence.isEvent(reference.path) && tree[reference.path] == nil
    if let old, isGone { stamp = old.stamp }
    let record = InputRecord(stamp: stamp, content: content)
    ledger[input: input] = record
    if !isGone, old != nil || content != nil {
      changedInputs[input] = InputChange(old: changedInputs[input].map(\.old) ?? old?.text, new: record.text)
    }
    return (record, true)
  }

  private func show(
    _ input: Vertex, _ reference: ValueReference, _ content: Content?, _ stamp: LogicalStamp, _ batch: FileBatch
  ) throws(SystemError) {
    let name = graph.name(of: input)
    if reference.tag != nil {
      let content = content ?? TagValues.none
      try batch.write(name, content, stamp)
      if graph.readAsText.contains(input) {
        let text = Content(Array(ValueFile.text(of: content.bytes)))
        try batch.write(HiddenSpace.text(ofValue: name), text, stamp)
      }
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

  /// Whether a recipe reads the values that stand there as a text.
  private func isText(_ path: String) -> Bool {
    HiddenSpace.value(ofText: path).flatMap(graph.vertex(of:)).map(graph.readAsText.contains) ?? false
  }

  /// Whether a rule's file is put together from tags, so that others than its own rule change it.
  private func isAssembled(_ name: String) -> Bool {
    guard graph.contains(name), let path = try? TreePath(name) else { return false }
    return workshop.assigners.contains(path)
  }

  /// Removes the records and hidden files of what is no longer read.
  func forgetInputs() throws(SystemError) {
    let read = Set(graph.inputs.map(\.description))
    for reference in ledger.memory.inputs where !read.contains(reference) && !isAssembled(reference) {
      ledger.forgetInput(reference)
    }
    let kept = Set(graph.inputs.lazy.filter { $0.tag == nil }.map { HiddenFiles.standIn(for: $0.path) })
    let old = root.paths { path in
      HiddenFiles.isHidden(path) && !graph.isRuleOrInput(path) && !kept.contains(path)
        && !HiddenFiles.isOwn(path) && !isText(path)
    }
    for path in old { try root.remove(path) }
  }
}
