import Model

/// A rule instance that has not done its work: what went wrong, and when it is tried again.
struct FailureRecord: Equatable, Sendable {
  /// The longest back-off.
  static let backOffLimitTicks: Tick = 64

  let kind: RuleProblem.Kind
  let place: SourcePlace?
  let message: String
  let attempts: Int
  /// Nil for a quarantined rule: time alone does not change what it does.
  let retryAt: Tick?
  /// Of the rule and of all that it read: another digest is a reason to try at once.
  let inputs: Digest

  init(
    kind: RuleProblem.Kind, place: SourcePlace?, message: String, attempts: Int, retryAt: Tick?, inputs: Digest
  ) {
    self.kind = kind
    self.place = place
    self.message = message
    self.attempts = attempts
    self.retryAt = retryAt
    self.inputs = inputs
  }

  /// The record after one more round in which the rule failed: back-offs of 1, 2, 4 … ticks.
  ///
  /// - Parameter isRetried: false where there is nothing that could be tried again.
  static func after(
    _ previous: FailureRecord?, _ problem: (kind: RuleProblem.Kind, place: SourcePlace?, message: String),
    inputs: Digest, tick: Tick, isRetried: Bool = true
  ) -> FailureRecord {
    let attempts = 1 + (previous?.attempts ?? 0)
    return FailureRecord(
      kind: problem.kind, place: problem.place, message: problem.message, attempts: attempts,
      retryAt: problem.kind == .oscillation || !isRetried ? nil : tick + backOffTicks(attempts), inputs: inputs)
  }

  private static func backOffTicks(_ attempts: Int) -> Tick {
    min(1 << UInt64(min(attempts - 1, 32)), backOffLimitTicks)
  }

  /// The same failure, for a rule that was due and could not be tried.
  func postponed(at tick: Tick) -> FailureRecord {
    FailureRecord(
      kind: kind, place: place, message: message, attempts: attempts,
      retryAt: retryAt.map { _ in tick + Self.backOffTicks(attempts) }, inputs: inputs)
  }

  /// Whether its time has come and gone.
  func isOverdue(at tick: Tick) -> Bool { retryAt.map { $0 <= tick } ?? false }

  /// Whether the rule may run although it has failed.
  func isDue(at tick: Tick, inputs: Digest) -> Bool {
    kind == .oscillation ? false : self.inputs != inputs || isOverdue(at: tick)
  }

  func problem(of target: String) -> RuleProblem {
    RuleProblem(
      kind: kind, place: place, target: target, message: message, attempts: attempts, retryAt: retryAt)
  }

  init?(_ bytes: [UInt8]) {
    var reader = FieldReader(bytes)
    guard let kind = reader.text().flatMap(RuleProblem.Kind.init(rawValue:)),
      let file = reader.optionalText(), let line = reader.number(), let message = reader.text(),
      let attempts = reader.number(), let retryAt = reader.optionalNumber(),
      let inputs = reader.field().flatMap(Digest.init(bytes:))
    else { return nil }
    self.init(
      kind: kind, place: file.map { SourcePlace(file: $0, line: Int(clamping: line)) }, message: message,
      attempts: Int(clamping: attempts), retryAt: retryAt, inputs: inputs)
  }

  var bytes: [UInt8] {
    var writer = FieldWriter()
    writer.add(kind.rawValue)
    writer.add(place?.file)
    writer.add(UInt64(place?.line ?? 0))
    writer.add(message)
    writer.add(UInt64(attempts))
    writer.add(retryAt)
    writer.add(inputs.bytes)
    return writer.bytes
  }
}
