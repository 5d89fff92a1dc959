import GroupProtocol
import Model
import Supervision
import Testing

@Suite("A delivered file that somebody changes on the node")
struct RestorationTests {
  private let file: NodeFile
  private var core: AgentCore
  private var restored: [Instant] = []

  init() throws {
    file = try NodeFile("web/config.xml")
    var record = AgentRecord(node: try NodeName("n1"), instance: "i")
    let content = Content("<good/>")
    record.files[file] = AgentRecord.HeldFile(stamp: Stamp(epoch: 1, index: 2), digest: content.digest)
    core = AgentCore(
      settings: AgentCoreSettings(leaders: [], version: "1", seed: 1), boot: AgentBoot(record, [file: content]),
      decode: { _ in .success(.empty) }, valuesDigest: { content, _ in content.digest },
      restDigest: { content, _ in content.digest })
    take(.start, at: .zero)
  }

  private mutating func take(_ input: AgentInput, at now: Instant) {
    for effect in core.step(input, at: now) {
      guard case .deliver(let files) = effect else { continue }
      restored.append(now)
      take(.delivered(files.map { DeliveryResult(file: $0.file, stamp: $0.stamp) }), at: now)
    }
  }

  /// Somebody changes it every hundredth of a second from `start` on, for so many seconds.
  private mutating func change(from start: Instant, seconds: Int) {
    for step in 0..<seconds * 100 {
      let now = start + .milliseconds(step * 10)
      while let due = core.deadline, due <= now { take(.timer, at: due) }
      take(.altered(file, "its content is another one"), at: now)
    }
  }

  @Test("is restored at once, then after 0.5, 1, 2, 4, 8, 16 and 30 s, and once more when it stops")
  mutating func pauses() throws {
    change(from: .zero, seconds: 60)
    #expect(restored.map(\.sinceStart) == [0, 500, 1500, 3500, 7500, 15_500, 31_500].map { .milliseconds($0) })
    let last = try #require(core.deadline)
    take(.timer, at: last)
    #expect(last == .zero + .milliseconds(61_500) && restored.last == last)
    #expect(core.deadline == nil, "nothing is due any more")
    // Long afterwards it is a first time again.
    let later = last + .seconds(60)
    take(.altered(file, "it was removed"), at: later)
    #expect(restored.last == later)
  }
}
