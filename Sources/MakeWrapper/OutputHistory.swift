import Model

/// What rules have made in a round: whether an earlier state has come back, and between which values outputs move.
struct OutputHistory {
  private struct Output {
    let start: Digest?
    var now: Digest?
    /// Beginnings of the texts, each other than the one before.
    var texts: [String]
  }

  private static let textLimit = 6
  private var outputs = SortedMap<String, Output>()

  /// Equal whenever all outputs are as they were.
  var state: Digest {
    var bytes: [UInt8] = []
    for (name, output) in outputs where output.now != output.start {
      bytes += Array(name.utf8) + [0] + (output.now?.bytes ?? [])
    }
    return Digest(of: bytes)
  }

  /// A rule has made `new` of what was `old`; nil is nothing.
  mutating func note(_ name: String, old: Content?, new: Content?) {
    guard old != new else { return }
    var output = outputs[name] ?? Output(start: old?.digest, now: nil, texts: [Self.text(old)])
    output.now = new?.digest
    output.texts = (output.texts + [Self.text(new)]).suffix(Self.textLimit)
    outputs[name] = output
  }

  /// The values that a name has had in turn, without repetition.
  func values(of name: String) -> [String] {
    var values: [String] = []
    for text in outputs[name]?.texts ?? [] where !values.contains(text) { values.append(text) }
    return values
  }

  private static func text(_ content: Content?) -> String { content.map { Excerpt.text(of: $0) } ?? "nothing" }
}
