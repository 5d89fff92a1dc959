import Model

/// What is wrong with what a rule did.
struct RuleFault: Equatable, Sendable {
  let kind: RuleProblem.Kind
  let place: SourcePlace?
  let message: String
  let details: [RuleProblem.Detail]

  init(
    _ kind: RuleProblem.Kind, place: SourcePlace? = nil, _ message: String, details: [RuleProblem.Detail] = []
  ) {
    self.kind = kind
    self.place = place
    self.message = message
    self.details = details
  }

  func at(_ place: SourcePlace?) -> RuleFault {
    RuleFault(kind, place: self.place ?? place, message, details: details)
  }

  init?(from reader: inout FieldReader) {
    guard let kind = reader.text().flatMap(RuleProblem.Kind.init(rawValue:)), let file = reader.optionalText(),
      let line = reader.number(), let message = reader.text(), let count = reader.number()
    else { return nil }
    var details: [RuleProblem.Detail] = []
    for _ in 0..<min(count, 1 << 16) {
      guard let reference = reader.text(), let number = reader.number(), number < 1 << 16 else { return nil }
      var texts: [String?] = []
      for _ in 0..<number {
        guard let text = reader.optionalText() else { return nil }
        texts.append(text)
      }
      details.append(RuleProblem.Detail(reference: reference, texts: texts))
    }
    self.init(
      kind, place: file.map { SourcePlace(file: $0, line: Int(clamping: line)) }, message, details: details)
  }

  func write(to writer: inout FieldWriter) {
    writer.add(kind.rawValue)
    writer.add(place?.file)
    writer.add(UInt64(place?.line ?? 0))
    writer.add(message)
    writer.add(UInt64(details.count))
    for detail in details {
      writer.add(detail.reference)
      writer.add(UInt64(detail.texts.count))
      for text in detail.texts { writer.add(text) }
    }
  }
}
