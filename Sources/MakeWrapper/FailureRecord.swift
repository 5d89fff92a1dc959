import Model

/// A rule instance that has not done its work: what went wrong, and when it is tried again.
struct FailureRecord: Equatable, Sendable {
  /// The longest back-off.
  static let backOffLimitTicks: Tick = 64

  let fault: RuleFault
  let attempts: Int
  /// Nil for a quarantined rule: time alone does not change what it does.
  let retryAt: Tick?
  /// Of the rule and of all that it read: another digest is a reason to try at once.
  let inputs: Digest

  var kind: RuleProblem.Kind { fault.kind }

  init(_ fault: RuleFault, attempts: Int, retryAt: Tick?, inputs: Digest) {
    self.fault = fault
    self.attempts = attempts
    self.retryAt = retryAt
    self.inputs = inputs
  }

  /// The record after one more round in which the rule failed: back-offs of 1, 2, 4 … ticks.
  ///
  /// - Parameter isRetried: false where there is nothing that could be tried again.
  static func after(
    _ previous: FailureRecord?, _ fault: RuleFault, inputs: Digest, tick: Tick, isRetried: Bool = true
  ) -> FailureRecord {
    let attempts = 1 + (previous?.attempts ?? 0)
    return FailureRecord(
      fault, attempts: attempts,
      retryAt: fault.kind.isQuarantine || !isRetried ? nil : tick + backOffTicks(attempts), inputs: inputs)
  }

  private static func backOffTicks(_ attempts: Int) -> Tick {
    min(1 << UInt64(min(attempts - 1, 32)), backOffLimitTicks)
  }

  /// The same failure, for a rule that was due and could not be tried.
  func postponed(at tick: Tick) -> FailureRecord {
    FailureRecord(
      fault, attempts: attempts, retryAt: retryAt.map { _ in tick + Self.backOffTicks(attempts) },
      inputs: inputs)
  }

  /// Whether its time has come and gone.
  func isOverdue(at tick: Tick) -> Bool { retryAt.map { $0 <= tick } ?? false }

  /// Whether the rule may run although it has failed.
  func isDue(at tick: Tick, inputs: Digest) -> Bool {
    kind.isQuarantine ? false : self.inputs != inputs || isOverdue(at: tick)
  }

  func problem(of target: String) -> RuleProblem {
    RuleProblem(
      kind: kind, place: fault.place, target: target, message: fault.message, attempts: attempts,
      retryAt: retryAt, details: fault.details)
  }

  init?(_ bytes: [UInt8]) {
    var reader = FieldReader(bytes)
    guard let fault = RuleFault(from: &reader), let attempts = reader.number(),
      let retryAt = reader.optionalNumber(), let inputs = reader.field().flatMap(Digest.init(bytes:))
    else { return nil }
    self.init(fault, attempts: Int(clamping: attempts), retryAt: retryAt, inputs: inputs)
  }

  var bytes: [UInt8] {
    var writer = FieldWriter()
    fault.write(to: &writer)
    writer.add(UInt64(attempts))
    writer.add(retryAt)
    writer.add(inputs.bytes)
    return writer.bytes
  }
}
