import Model

/// What rules have made in a round: whether an earlier state has come back, and between which values outputs move.
struct OutputHistory {
  private struct Output {
    let start: Digest?
    var now: Digest?
    /// Beginnings of the texts, each other than the one before.
    var texts: [String?]
  }

  private static let textLimit = 6
  /// By target, then by what the rule wrote.
  private var outputs = SortedMap<String, SortedMap<String, Output>>()

  /// Equal whenever all outputs are as they were.
  var state: Digest {
    var bytes: [UInt8] = []
    for (target, values) in outputs {
      for (reference, output) in values where output.now != output.start {
        bytes += Array("\(target) \(reference)".utf8) + [0] + (output.now?.bytes ?? [])
      }
    }
    return Digest(of: bytes)
  }

  /// A rule has made `new` of what was `old`; nil is nothing.
  mutating func note(_ target: String, _ reference: ValueReference, old: Content?, new: Content?) {
    guard old != new else { return }
    let name = "\(reference)"
    var output = outputs[target]?[name] ?? Output(start: old?.digest, now: nil, texts: [old.map(Excerpt.text)])
    output.now = new?.digest
    output.texts = (output.texts + [new.map(Excerpt.text)]).suffix(Self.textLimit)
    outputs[target, default: [:]][name] = output
  }

  /// What the rule has written, and the values that it has had, without repetition.
  func values(of target: String) -> [(reference: String, texts: [String?])] {
    (outputs[target] ?? [:]).map { reference, output in
      var texts: [String?] = []
      for text in output.texts where !texts.contains(text) { texts.append(text) }
      return (reference, texts)
    }
  }
}
