import GroupProtocol
import Linux
import Model

/// `dmake status NODE/PROCESS --log`: what a process has printed, a chunk at a time, and with `-f` what it prints.
///
/// Each chunk is asked for when the one before is printed. So a terminal that stands still holds nobody up, and a
/// leader, an agent or a link that breaks is waited for and goes on where it stopped.
struct LogReading: Sendable {
  static let interval = Duration.milliseconds(500)

  let connection: OperatorConnection
  let console: Console
  let node: NodeName
  let process: ProcessName
  let lines: Int
  let follows: Bool

  func run() async throws(CommandFailure) {
    let first = try await ask(LogQuery(process: process, lines: lines))
    if follows {
      try await follow(first)
    } else if let first {
      try await showLines(from: first)
    } else {
      throw CommandFailure(.badInput, "process `\(process)` of node `\(node)` has not printed anything yet")
    }
  }

  /// The last lines and no more: a process that prints faster than this reads must not keep it from its end.
  private func showLines(from first: LogChunk) async throws(CommandFailure) {
    var chunk: LogChunk? = first
    var rest = lines
    while let last = chunk {
      try show(last, atMost: rest)
      rest -= last.bytes.count { $0 == UInt8(ascii: "\n") }
      if last.isAtEnd || rest <= 0 { return }
      chunk = try await ask(LogQuery(process: process, lines: lines, from: last.next))
    }
  }

  private func follow(_ first: LogChunk?) async throws(CommandFailure) {
    if first == nil { console.tell("dmake: process `\(process)` has not printed anything yet; waiting\n") }
    var chunk = first
    var place: LogPlace?
    while true {
      if let chunk {
        try show(chunk)
        place = chunk.next
      }
      if chunk?.isAtEnd ?? true { try await pause() }
      // Of a process that had not printed anything all is new.
      chunk = try await askUntilAnswered(LogQuery(process: process, lines: LogQuery.lineLimit, from: place))
    }
  }

  /// Waits for a leader or an agent that is away, and says so once.
  private func askUntilAnswered(_ query: LogQuery) async throws(CommandFailure) -> LogChunk? {
    var isTold = false
    while true {
      do throws(CommandFailure) { return try await ask(query) } catch {
        guard error.status == .unavailable || error.status == .timeout else { throw error }
        if !isTold { console.tell(error) }
        isTold = true
      }
      try await pause()
    }
  }

  private func ask(_ query: LogQuery) async throws(CommandFailure) -> LogChunk? {
    guard case .log(let chunk) = try await connection.ask(.log(node, query)) else { throw .unexpected }
    return chunk
  }

  private func pause() async throws(CommandFailure) {
    do { try await TaskThreads.sleep(for: Self.interval) } catch {
      throw CommandFailure(.interrupted, "the log is followed no further")
    }
  }

  private func show(_ chunk: LogChunk, atMost lines: Int = .max) throws(CommandFailure) {
    if chunk.hasGap { console.tell("dmake: lines are missing here: they were removed before they were read\n") }
    let bytes = Self.prefix(chunk.bytes, lines: lines)
    if console.outputIsTerminal {
      // A process may print anything, and a terminal would do as it says.
      try console.write(String(decoding: bytes, as: UTF8.self).visibleLines)
    } else {
      try console.write(Array(bytes))
    }
  }

  private static func prefix(_ bytes: [UInt8], lines: Int) -> ArraySlice<UInt8> {
    var count = 0
    for (position, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") {
      count += 1
      if count == lines { return bytes[...position] }
    }
    return lines == 0 ? [] : bytes[...]
  }
}
