import GroupProtocol
import Model

/// `dmake apply --history`: the policies that were active, the newest first.
public struct HistoryView: View {
  let records: [PolicyRecord]

  public init(_ records: [PolicyRecord]) { self.records = records }

  public func text(_ style: Style) -> String {
    if records.isEmpty { return "no policy was applied yet\n" }
    var table = TextTable("", "POLICY", "INDEX", "TIME", "AUTHOR")
    for record in records {
      table.add(
        .init(record.isActive ? "*" : "", .green), .init("\(record.policy)"), .init("\(record.index)"),
        .init("\(record.time)"), .init(record.author))
    }
    return table.text(style)
  }

  public var json: JSON { .document(kind: "history", ["policies": .array(records.map(\.json))]) }
}

extension HistoryView {
  /// The one policy whose digest begins with `prefix`, as people copy it from the table.
  public static func policy(_ prefix: String, in records: [PolicyRecord]) throws(CommandFailure) -> Digest {
    let matches = SortedSet(records.map(\.policy).filter { $0.hex.hasPrefix(prefix.lowercased()) })
    guard let match = matches.elements.first, !prefix.isEmpty else {
      throw CommandFailure(
        .badInput, "no policy in the history begins with `\(prefix.visible)`; see `dmake apply --history`")
    }
    guard matches.count == 1 else {
      throw CommandFailure(
        .badInput, "\(matches.count) policies begin with `\(prefix.visible)`; give more digits")
    }
    return match
  }
}
