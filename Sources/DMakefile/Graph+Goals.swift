import Model

extension Graph {
  /// What a round with these members makes.
  public func goals(members: [NodeName], processes: (NodeName) -> [ProcessName]) -> [Goal] { [] }

  /// Files and values that the goals need and that no rule makes, in make's names, sorted: where one is absent the
  /// wrapper gives make a stand-in.
  public func leaves(of goals: [Goal]) -> SortedSet<String> { [] }

  /// The files of the tree that the goals read, whole or by tag, for the group to send.
  public func reads(of goals: [Goal]) -> Interest { .everything }

  /// Who writes the file, or its tag: the first goal that does.
  public func owner(of reference: ValueReference, goals: [Goal]) -> Owner? { nil }

  /// All that the goals own. What was owned before and is not any more is removed from the tree.
  public func owned(by goals: [Goal]) -> [Owner] { [] }

  /// Hidden folders that must exist before make runs the goals.
  public func folders(of goals: [Goal]) -> SortedSet<String> { [] }

  /// What is wrong with the graph itself: two writers of one file, mixed writers, files of other owners.
  public func diagnostics(of goals: [Goal]) -> [Diagnostic] { [] }
}
