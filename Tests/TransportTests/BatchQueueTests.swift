import Testing

@testable import Transport

@Suite("A queue of messages is bounded, and what waits together leaves together")
struct BatchQueueTests {
  /// Messages weigh what they say.
  private let queue = BatchQueue<Int>(queueLimitBytes: 100, batchLimitBytes: 30, batchLimitMessages: 4) { $0 }

  @Test("batches keep the order and stay below the limits of bytes and messages")
  func batches() async {
    #expect(queue.put([10, 10, 10, 10, 29, 1]))
    #expect(queue.put([1, 1, 1, 1]))
    var batches: [[Int]] = []
    queue.finish()
    while let batch = await queue.next() { batches.append(batch) }
    #expect(batches == [[10, 10, 10], [10], [29, 1], [1, 1, 1, 1]])
  }

  @Test("a message that is larger than a batch, or than the whole queue, travels alone")
  func oversized() async {
    #expect(queue.put([500]))
    #expect(await queue.next() == [500])
    #expect(queue.put([50, 2]))
    #expect(await queue.next() == [50])
    #expect(await queue.next() == [2])
  }

  @Test("what does not fit any more ends the queue and drops what waited")
  func overflow() async {
    #expect(queue.put([60]))
    #expect(queue.put([40]))
    #expect(!queue.put([1]))
    #expect(queue.end == .overflowed)
    #expect(await queue.next() == nil)
    #expect(!queue.put([1]))
  }

  @Test("after it is finished nothing comes in, and what waited is taken")
  func finish() async {
    #expect(queue.put([1]))
    queue.finish()
    #expect(!queue.put([2]))
    #expect(await queue.next() == [1])
    #expect(await queue.next() == nil)
  }

  @Test("after it is aborted nothing is taken")
  func abort() async {
    #expect(queue.put([1]))
    queue.abort()
    #expect(await queue.next() == nil)
    #expect(queue.end == .aborted)
  }

  @Test("a taker that waits is woken by a message, by the end and by its cancellation")
  func waking() async {
    await withTaskGroup(of: [Int]?.self) { group in
      group.addTask { await queue.next() }
      #expect(queue.put([7]))
      #expect(await group.next() == [7])
      group.addTask { await queue.next() }
      group.cancelAll()
      #expect(await group.next() == .some(nil))
    }
    await withTaskGroup(of: [Int]?.self) { group in
      group.addTask { await queue.next() }
      queue.finish()
      #expect(await group.next() == .some(nil))
    }
  }

  @Test("a write that hangs is given up when the queue behind it overflows")
  func hangingWrite() async throws {
    #expect(queue.put([1]))
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        // Nobody ever answers this write; only its cancellation ends it.
        try await queue.drain { _ in try await Task.sleep(for: .seconds(3600)) }
      }
      try await eventually("the write has begun") { queue.put([]) && queue.isEmpty }
      #expect(queue.put([100]))
      #expect(!queue.put([1]))
      await #expect(throws: Never.self) { try await group.next() }
    }
    #expect(queue.end == .overflowed)
  }

  @Test("many writers lose nothing and keep their own order")
  func concurrency() async {
    let queue = BatchQueue<Int>(queueLimitBytes: .max, batchLimitBytes: 1000, batchLimitMessages: 50) { _ in 1 }
    let taken = await withTaskGroup(of: [Int].self) { group in
      group.addTask {
        var taken: [Int] = []
        while taken.count < 8000, let batch = await queue.next() { taken += batch }
        return taken
      }
      for writer in 0..<8 {
        group.addTask {
          for number in 0..<1000 { queue.put([writer * 1000 + number]) }
          return []
        }
      }
      return await group.reduce(into: []) { $0 += $1 }
    }
    for writer in 0..<8 {
      #expect(taken.filter { $0 / 1000 == writer } == Array(writer * 1000..<writer * 1000 + 1000))
    }
  }
}
