import Model
import Testing

@testable import Supervision

@Suite("Probes of a node")
struct NodeProbeTests {
  private var probe = NodeProbe(name: "disks", command: ["disks"])
  private let start = Instant.zero

  init() {
    probe.every = .seconds(10)
    probe.failures = 2
  }

  @Test("run at once and then in their time, never twice at a time")
  func times() {
    var monitor = NodeProbeMonitor()
    #expect(monitor.deadline == nil)
    monitor.follow([probe], at: start)
    #expect(monitor.due(at: start) == [probe])
    #expect(monitor.deadline == nil && monitor.due(at: start + .seconds(60)).isEmpty)
    monitor.follow([probe], at: start + .seconds(61))
    #expect(monitor.deadline == nil, "the same configuration changes nothing")
    monitor.take(.element("<a/>"), of: probe, at: start + .seconds(62))
    #expect(monitor.deadline == start + .seconds(72))
    #expect(monitor.due(at: start + .seconds(71)).isEmpty)
    #expect(monitor.due(at: start + .seconds(72)) == [probe])
  }

  @Test("what one told last stays until it has failed too often, and its problem is told with it")
  func failures() {
    var monitor = NodeProbeMonitor()
    monitor.follow([probe], at: start)
    func run(_ answer: NodeProbeAnswer) -> [NodeProbeReport] {
      let now = monitor.deadline ?? start
      _ = monitor.due(at: now)
      monitor.take(answer, of: probe, at: now)
      return monitor.reports
    }
    #expect(monitor.reports.isEmpty)
    #expect(run(.element("<a/>")) == [.init(name: "disks", element: "<a/>", problem: nil)])
    #expect(run(.failed("x")) == [.init(name: "disks", element: "<a/>", problem: "x")])
    #expect(run(.failed("y")) == [.init(name: "disks", element: nil, problem: "y")])
    #expect(run(.element("<b/>")) == [.init(name: "disks", element: "<b/>", problem: nil)])
    #expect(run(.failed("x")).first?.element == "<b/>", "failures in a row count")
  }

  @Test("another probe by the same name begins anew, and nobody waits for the one before it")
  func changes() {
    var monitor = NodeProbeMonitor()
    monitor.follow([probe], at: start)
    _ = monitor.due(at: start)
    monitor.take(.element("<a/>"), of: probe, at: start)
    _ = monitor.due(at: start + .seconds(10))
    var other = probe
    other.timeout = .seconds(1)
    monitor.follow([other], at: start + .seconds(11))
    #expect(monitor.reports.isEmpty && monitor.deadline == start + .seconds(11))
    monitor.take(.element("<a/>"), of: probe, at: start + .seconds(12))
    #expect(monitor.reports.isEmpty)
    monitor.follow([], at: start + .seconds(13))
    #expect(monitor.deadline == nil)
  }

  @Test("stand in the machine's state, whatever their problems are made of, and are news")
  func state() {
    var state = MachineState(
      loadHundredths: [1, 2, 3], processors: 1, busyThousandths: 0, memoryTotalBytes: 0,
      memoryAvailableBytes: 0,
      pagedInPerSecond: 0, pagedOutPerSecond: 0, diskTotalBytes: 0, diskAvailableBytes: 0,
      receivedBytesPerSecond: 0, sentBytesPerSecond: 0, clockErrorMicroseconds: 0, isClockSynchronised: true)
    let before = state
    state.probes = [
      .init(name: "disks", element: "<disks><free>7</free></disks>", problem: nil),
      .init(name: "raid", element: nil, problem: "<\"&\n"),
    ]
    #expect(state.isNews(after: before) && !state.isNews(after: state))
    #expect(
      state.content.text.hasSuffix(
        """
          <probe name="disks"><disks><free>7</free></disks></probe>
          <probe name="raid" problem="&lt;&quot;&amp;?"/>
        </state>

        """))
    #expect(before.content.text.hasSuffix("</clock>\n</state>\n"))
  }
}
