import Model

extension AgentCore {
  /// Tells the values of location paths in a file's content apart; the driver has the XML for it.
  public typealias ValuesDigest = @Sendable (Content, SortedSet<String>) -> Digest

  /// A version of a file that the leader has, or will have when the outbox is empty.
  struct ToldFile: Equatable, Sendable {
    let digest: Digest
    /// Of the part that a policy reads; nil where it reads nothing of the file.
    var part: Digest?
  }

  /// Whether a policy reads what the machine is like, at the leader or here.
  public var isMachineRead: Bool {
    interest[.state] != nil
      || local.record.part.policy != nil && local.interest.part(of: node)[.state] != nil
  }

  /// Takes what the policy reads now. Of a file that differs from what the leader has it is not known any more
  /// whether the leader has seen the part that counts now, so such a file is sent.
  mutating func take(_ new: NodeInterest, from id: LinkID) -> [AgentEffect] {
    let old = interest
    interest = new
    var effects: [AgentEffect] = [.send(id, [.interested(new.digest)])]
    for (file, content) in observed where old[file] != new[file] {
      guard new[file] != nil, let told = told[file], told.digest != content.digest else {
        let part = part(of: file, content)
        told[file]?.part = part
        continue
      }
      effects += reportState(file, content)
    }
    return effects
  }

  /// Reports a version of a file that was reported before, if what a policy reads of it has changed.
  mutating func reportChange(_ file: NodeFile, _ content: Content) -> [AgentEffect] {
    guard let told = told[file] else { return reportState(file, content) }
    if told.digest == content.digest || told.part == part(of: file, content) { return [] }
    return reportState(file, content)
  }

  /// Reports a file whatever of it is read.
  mutating func reportState(_ file: NodeFile, _ content: Content?) -> [AgentEffect] {
    told[file] = content.map { ToldFile(digest: $0.digest, part: part(of: file, $0)) }
    return report(.state(file, content))
  }

  /// The sets of location paths by which versions of a file are told apart, the leader's and the local rules'.
  public func readTags(of file: NodeFile) -> [SortedSet<String>] {
    let parts = [interest[file], local.record.part.policy == nil ? nil : local.interest.part(of: node)[file]]
    return parts.compactMap { if case .tags(let tags) = $0 { tags } else { nil } }
  }

  private func part(of file: NodeFile, _ content: Content) -> Digest? {
    switch interest[file] {
    case nil: nil
    case .whole: content.digest
    case .tags(let tags): valuesDigest(content, tags)
    }
  }
}
