import Linux
import Model
import Processes
import Synchronization

/// Parses large state files on a thread of its own: 90,000 elements take a quarter of a second, in which no process
/// would be started again.
///
/// What waits is bounded by the watcher, which has one version of a file checked at a time.
actor StateChecker {
  private nonisolated let executor = BlockingExecutor(label: "dmake.states")
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
  private let digests: ValuesDigests

  /// - Parameter digests: is asked for what will be asked next, so that it has the answers.
  init(digests: ValuesDigests) { self.digests = digests }

  /// Never waits: `answer` is called once, later, with what is wrong with the file.
  nonisolated func check(
    _ content: Content, _ tags: [SortedSet<String>], _ answer: @escaping @Sendable (String?) -> Void
  ) {
    Task(executorPreference: TaskThreads.shared) { [self] in answer(await problem(content, tags)) }
  }

  private func problem(_ content: Content, _ tags: [SortedSet<String>]) -> String? {
    if let problem = AgentLoop.problem(content) { return problem }
    for tags in tags { _ = digests.digest(content, tags) }
    return nil
  }
}

/// Digests of the values at location paths; those of large files are remembered for a while.
final class ValuesDigests: Sendable {
  private static let limit = 64

  private struct Known {
    let content: Digest
    let tags: SortedSet<String>
    let digest: Digest
  }

  private let known = Mutex<[Known]>([])

  func digest(_ content: Content, _ tags: SortedSet<String>) -> Digest {
    guard content.bytes.count > FileWatcher.largeBytes else { return AgentLoop.valuesDigest(content, tags) }
    let found = known.withLock { known in known.first { $0.content == content.digest && $0.tags == tags } }
    if let found { return found.digest }
    let digest = AgentLoop.valuesDigest(content, tags)
    known.withLock { known in
      known.append(Known(content: content.digest, tags: tags, digest: digest))
      if known.count > Self.limit { known.removeFirst() }
    }
    return digest
  }
}
