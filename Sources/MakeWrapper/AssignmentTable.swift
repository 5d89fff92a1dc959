import FileTree
import Model

/// Which value each tag has by the assignments of all rules: of one tag, the latest assignment counts.
struct AssignmentTable: Equatable, Sendable {
  struct Assignment: Equatable, Sendable {
    let target: String
    let stamp: LogicalStamp
    let values: [String]
  }

  /// Two rules that assigned one tag different values.
  struct Conflict: Equatable, Sendable {
    let reference: ValueReference
    let first: Assignment
    let second: Assignment
  }

  private(set) var tags = SortedMap<TreePath, SortedMap<String, Assignment>>()

  /// Of the assignments of `targets`, which are in order.
  init(_ ledger: Ledger, targets: some Sequence<String>) {
    for target in targets {
      guard let record = ledger[assignments: target] else { continue }
      for (reference, values) in record.values {
        guard let tag = reference.tag else { continue }
        let assignment = Assignment(target: target, stamp: record.stamp, values: values)
        if let other = tags[reference.path]?[tag], other.stamp >= record.stamp { continue }
        tags[reference.path, default: [:]][tag] = assignment
      }
    }
  }

  /// The conflicts among these assignments, in the order of the tags.
  static func conflicts(_ records: SortedMap<String, AssignedValues>) -> [Conflict] {
    if records.count < 2 { return [] }
    var first = SortedMap<ValueReference, Assignment>()
    var conflicts: [Conflict] = []
    for (target, record) in records {
      for (reference, values) in record.values {
        let assignment = Assignment(target: target, stamp: record.stamp, values: values)
        guard let other = first[reference] else {
          first[reference] = assignment
          continue
        }
        if other.values != values {
          conflicts.append(Conflict(reference: reference, first: other, second: assignment))
        }
      }
    }
    return conflicts.sorted { $0.reference < $1.reference }
  }
}
