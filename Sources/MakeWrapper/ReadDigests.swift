import FileTree
import Model

/// What rules read, as digests: whether a rule has a reason to run is a question about contents and not about times, so
/// that no change can slip between two time stamps.
struct ReadDigests {
  let graph: RuleGraph
  let ledger: Ledger
  /// Of what stands in ROOT.
  let ofFile: (String) -> Digest?

  /// Of the prerequisites whose change is a reason to run. Order-only ones are not among them, and neither are events,
  /// of which each occurrence is a reason once (``EventViews``).
  func ofReasons(of rule: Vertex) -> Digest {
    var bytes: [UInt8] = []
    for vertex in graph.needs(of: rule) { add(vertex, to: &bytes) }
    return Digest(of: bytes)
  }

  /// Of the order-only prerequisites, which are no reason to run, but are to be up to date when the rule runs.
  func ofOrder(of rule: Vertex) -> Digest {
    var bytes: [UInt8] = []
    for vertex in graph.orders(of: rule) { add(vertex, to: &bytes) }
    return Digest(of: bytes)
  }

  /// Of the rule itself and everything that it may read: another digest gives a rule that failed another chance.
  func ofEverything(of rule: Vertex) -> Digest {
    var bytes = graph.rule(rule)?.signature.bytes ?? []
    for vertex in graph.needs(of: rule) + graph.orders(of: rule) {
      add(vertex, to: &bytes, isWithEvents: true)
    }
    return Digest(of: bytes)
  }

  private func add(_ vertex: Vertex, to bytes: inout [UInt8], isWithEvents: Bool = false) {
    let name = graph.name(of: vertex)
    let digest: Digest?
    if let reference = graph.input(vertex) {
      if !isWithEvents, Presence.isEvent(reference.path) { return }
      digest = ledger[input: vertex]?.digest
    } else if let rule = graph.rule(vertex), rule.output == nil {
      // No file of the tree, so that each run of its rule counts.
      digest = Digest(of: Array("\(ledger[rule: vertex]?.changed.value ?? 0)".utf8))
    } else {
      digest = ofFile(name)
    }
    bytes += name.utf8
    bytes.append(0)
    if let digest { digest.append(to: &bytes) } else { bytes.append(0) }
  }
}
