import Model

extension LeaderState {
  /// How many explanations an answer has at most, and how far it follows the chain of inputs.
  public static let explanationLimit = 200
  public static let explanationDepthLimit = 8

  /// Why a value is what it is, or was at an earlier position of the log, with what its inputs are made of.
  public func explanation(of value: ValueReference, at asked: LogIndex?) throws(Rejection) -> ExplanationReport
  {
    let position = asked ?? index
    if position > index {
      throw Rejection(.notFound, "the log has not got to \(position) yet; its last entry is \(index)")
    }
    var search = ExplanationSearch(history: provenance)
    let explanations = search.explain(value, at: position, depth: 0)
    let isForgotten = explanations.isEmpty && search.removedAt == nil && position < provenance.since
    if isForgotten {
      throw Rejection(
        .notFound,
        "what made `\(value)` at \(position) is not kept any more; the history is whole from log index \(provenance.since) on"
      )
    }
    return ExplanationReport(
      value: value, at: position, explanations: explanations,
      removedAt: explanations.isEmpty ? search.removedAt : nil, since: provenance.since, isCut: search.isCut)
  }
}

/// Follows a value to what its inputs are made of. A value is explained once in an answer, so cycles end.
private struct ExplanationSearch {
  let history: ProvenanceHistory
  var isCut = false
  var removedAt: LogIndex?
  private var seen = SortedSet<ValueReference>()

  init(history: ProvenanceHistory) { self.history = history }

  /// By the value's own rule; of a tag, by the rule that makes its file whole; of a file, by those of its tags.
  mutating func explain(_ value: ValueReference, at index: LogIndex, depth: Int) -> [Explanation] {
    let whole = ValueReference(value.path)
    let candidates = value == whole ? [whole] : [value, whole]
    for candidate in candidates {
      if let found = explanation(of: candidate, at: index, depth: depth) { return [found] }
    }
    if value.tag != nil { return [] }
    return history.values(in: value.path).compactMap { explanation(of: $0, at: index, depth: depth) }
  }

  private mutating func explanation(
    of value: ValueReference, at index: LogIndex, depth: Int
  ) -> Explanation? {
    guard let record = history.record(of: value, at: index) else { return nil }
    guard let provenance = record.provenance else {
      if depth == 0 { removedAt = max(removedAt ?? 0, record.index) }
      return nil
    }
    if seen.contains(value) { return nil }
    guard depth < LeaderState.explanationDepthLimit, seen.count < LeaderState.explanationLimit else {
      isCut = true
      return nil
    }
    seen.insert(value)
    let earlier = history.records[value, default: []].map(\.index).filter { $0 < record.index }
    var causes: [Explanation] = []
    for input in provenance.inputs {
      guard let reference = try? ValueReference(input.reference) else { continue }
      // The rule saw what the round that it ran in had made by then.
      causes += explain(reference, at: record.index, depth: depth + 1)
    }
    return Explanation(
      index: record.index, time: record.time, provenance: provenance, earlier: earlier, causes: causes)
  }
}
