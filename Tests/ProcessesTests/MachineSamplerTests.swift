import Linux
import Model
import Processes
import Supervision
import Testing

@Suite("The machine's state")
struct MachineSamplerTests {
  private func now() -> Instant { Instant(sinceStart: monotonicTime()) }

  @Test("a machine that computes says so, within its bounds")
  func busy() throws {
    var sampler = MachineSampler(folder: "/tmp")
    let first = sampler.sample(at: now())
    #expect(first.busyThousandths >= 0 && first.receivedBytesPerSecond == 0)
    // A processor's time is counted in hundredths of a second, so a little work may be none.
    let end = now() + .milliseconds(300)
    var sum: UInt64 = 0
    while now() < end { sum = sum &* 31 &+ 7 }
    let second = sampler.sample(at: now())
    #expect((1...1000).contains(second.busyThousandths), "\(sum)")
    #expect(second.memoryTotalBytes > 0 && second.diskTotalBytes > 0 && second.processors > 0)
    #expect(second.clockErrorMicroseconds >= 0)
  }

  @Test("its file has every value at its place")
  func content() {
    let state = MachineState(
      loadHundredths: [42, 100, 5], processors: 8, busyThousandths: 31, memoryTotalBytes: 100,
      memoryAvailableBytes: 50, pagedInPerSecond: 1, pagedOutPerSecond: 2, diskTotalBytes: 10,
      diskAvailableBytes: 5, receivedBytesPerSecond: 1200, sentBytesPerSecond: 800,
      clockErrorMicroseconds: 4000, isClockSynchronised: true)
    let text = state.content.text
    for part in [
      "<busy>0.031</busy>", "<one>0.42</one><five>1.00</five><fifteen>0.05</fifteen>",
      "<network><received>1200</received><sent>800</sent></network>",
      "<clock><synchronised>yes</synchronised><error>0.004000</error></clock>",
    ] {
      #expect(text.contains(part), "\(part)")
    }
    var other = state
    other.busyThousandths = 130
    #expect(!other.isNews(after: state))
    other.busyThousandths = 131
    #expect(other.isNews(after: state))
    other = state
    other.isClockSynchronised = false
    #expect(other.isNews(after: state))
  }
}
