import FoundationEssentials
import GroupProtocol
import Model
import Testing

@testable import WireFormat

@Suite("What a peer must not say is refused with the field's path")
struct WireErrorTests {
  private func refusal(of wire: WireAgentBatch) -> String? {
    do {
      _ = try wire.values()
      return nil
    } catch { return error.description }
  }

  private func refusal(of message: WireAgentMessage) -> String? {
    var batch = WireAgentBatch()
    batch.messages = [AgentMessage.goodbye.wire, message]
    return refusal(of: batch)
  }

  private func hello(_ change: (inout WireHello) -> Void) throws -> WireAgentMessage {
    var dice = Dice(seed: 1)
    var message = AgentMessage.hello(try dice.hello()).wire
    change(&message.hello)
    return message
  }

  @Test("a node's name that leaves its folder")
  func nodeName() throws {
    #expect(
      refusal(of: try hello { $0.node = "../n1" })
        == "the field `messages[1].hello.node` is refused: the node name `../n1` has characters other than a-z 0-9 . - _ :"
    )
  }

  @Test("a digest of the wrong length")
  func digest() throws {
    let message = try hello {
      var file = AppliedFile(file: .config, stamp: .zero, digest: nil).wire
      file.digest = Data([1, 2, 3])
      $0.applied = [file]
    }
    #expect(
      refusal(of: message)
        == "the field `messages[1].hello.applied[0].digest` is refused: a digest has 32 bytes, this one 3")
  }

  @Test("a path outside of the node's folder")
  func path() {
    var message = WireAgentMessage()
    message.report.state.file = "web/../../etc"
    #expect(
      refusal(of: message)
        == "the field `messages[1].report.state.file` is refused: the path `web/../../etc` has a component that is empty or begins with a dot; expected names separated by single slashes"
    )
  }

  @Test("a file over the limit")
  func file() {
    var message = WireAgentMessage()
    message.report.state.file = "web/state.xml"
    message.report.state.content = Data(count: WireLimit.fileBytes + 1)
    #expect(
      refusal(of: message)
        == "the field `messages[1].report.state.content` has 16777217 bytes or elements; at most 16777216 are allowed"
    )
  }

  @Test("a batch of too many messages")
  func batch() {
    var batch = WireAgentBatch()
    batch.messages = Array(repeating: WireAgentMessage(), count: WireLimit.batchMessages + 1)
    #expect(
      refusal(of: batch)
        == "the field `messages` has 65537 bytes or elements; at most 65536 are allowed")
  }

  @Test("a message of a kind that is not known")
  func kind() {
    #expect(
      refusal(of: WireAgentMessage())
        == "the field `messages[1].kind` is missing or of a kind that this version does not know")
  }

  @Test("a phase that is not known")
  func phase() {
    var message = WireAgentMessage()
    var process = WireProcessReport()
    process.name = "web"
    process.phase = .UNRECOGNIZED(99)
    message.processes.processes = [process]
    #expect(
      refusal(of: message)
        == "the field `messages[1].processes.processes[0].phase` is missing or of a kind that this version does not know"
    )
  }

  @Test("a time that no calendar has, which would overflow where it is shown")
  func time() {
    var message = WireAgentMessage()
    message.report.stopped.process = "web"
    message.report.stopped.end = ProcessEnd.unknown.wire
    message.report.stopped.timeMilliseconds = .min
    #expect(
      refusal(of: message)
        == "the field `messages[1].report.stopped.time_milliseconds` is refused: -9223372036854775808 ms is not in the years 1 to 9999"
    )
  }

  @Test("timers that are no timers", arguments: [Int64.min, -1, 0, .max])
  func timers(nanoseconds: Int64) {
    var timing = Timing.standard.wire
    timing.tickNanoseconds = nanoseconds
    #expect(
      throws: WireError(
        .invalid("\(nanoseconds) ns is no length for a timer; expected 1 ms to 100 years"),
        field: "tick_nanoseconds")
    ) { try Timing(wire: timing) }
  }

  @Test("a lease whose product with the tick would overflow")
  func lease() {
    var timing = Timing.standard.wire
    timing.leaseTicks = .max
    #expect(
      throws: WireError(
        .invalid("18446744073709551615 ticks are no length for a lease; expected 1 to 1000000"),
        field: "lease_ticks")
    ) { try Timing(wire: timing) }
  }

  @Test("a bundle that is too large, or has a path twice")
  func bundle() {
    var file = WireBundle.File()
    file.path = "DMakefile"
    var bundle = WireBundle()
    bundle.files = [file, file]
    #expect(throws: WireError(.invalid("the path `DMakefile` is there twice"), field: "files")) {
      try Bundle(wire: bundle)
    }
    bundle.files[1].path = "large"
    bundle.files[1].content = Data(count: Bundle.sizeLimitBytes + 1)
    #expect(
      throws: WireError(
        .tooLong(count: Bundle.sizeLimitBytes + 1, limit: Bundle.sizeLimitBytes), field: "files")
    ) { try Bundle(wire: bundle) }
  }

  @Test("bytes that are no message")
  func malformed() {
    #expect(throws: WireError(.malformed)) { try LogEntry(encoded: [0xff, 0xff, 0xff]) }
    #expect(
      WireError(.malformed).description
        == "the message is not a valid protocol buffer; the bytes are damaged or of another program")
  }
}

@Suite("Long explanations are cut when they are sent")
struct CutTests {
  @Test(
    "at a whole character of UTF-8",
    arguments: zip([0, 1, 2, 3, 4, 5, 6, 7], ["", "a", "a", "a", "a€", "a€", "a€", "a€"]))
  func character(limit: Int, expected: String) {
    #expect(WireLimit.cut("a€\u{1F600}", to: limit) == expected)
  }

  @Test("so that the receiver takes them")
  func received() throws {
    let end = ProcessEnd.notStarted(String(repeating: "€", count: WireLimit.textBytes))
    guard case .notStarted(let reason) = try ProcessEnd(encoded: end.encoded()) else {
      Issue.record("the end became another one")
      return
    }
    #expect(reason == String(repeating: "€", count: WireLimit.textBytes / 3))
  }
}
