import Foundation
import Linux
import Testing

@Suite("The threads of tasks")
struct TaskThreadsTests {
  /// An actor without an executor of its own: it runs where its caller does.
  private actor Counter {
    private(set) var threads: [String] = []
    func count(_ caller: String) { threads += [caller, TaskThreadsTests.threadName()] }
  }

  /// What the pool's threads are named.
  private static let prefix = "TP-#"

  private static func threadName() -> String {
    (try? String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8)) ?? ""
  }

  @Test(
    "a task, its children, the actors they call and what comes after a wait run there, not on the runtime's")
  func inheritance() async throws {
    let counter = Counter()
    try await Task(executorPreference: TaskThreads.shared) {
      await counter.count(Self.threadName())
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<20 {
          group.addTask {
            await counter.count(Self.threadName())
            try await TaskThreads.sleep(for: .milliseconds(1))
            await counter.count(Self.threadName())
          }
        }
        try await group.waitForAll()
      }
    }.value
    let names = await counter.threads
    #expect(names.count == 82)
    #expect(names.allSatisfy { $0.hasPrefix(Self.prefix) }, "\(names)")
    #expect(await Task { Self.threadName() }.value.hasPrefix(Self.prefix) == false)
  }

  @Test("a wait takes its time, and ends with an error when its task is cancelled")
  func sleep() async throws {
    let clock = SuspendingClock()
    let start = clock.now
    try await TaskThreads.sleep(for: .milliseconds(20))
    #expect(clock.now - start >= .milliseconds(20))
    let waiting = Task { try await TaskThreads.sleep(for: .seconds(3600)) }
    waiting.cancel()
    await #expect(throws: CancellationError.self) { try await waiting.value }
  }
}
