import Linux

/// Graphviz's `dot`, which draws a graph.
public enum Graphviz {
  public enum Answer: Equatable, Sendable {
    case picture([UInt8])
    /// What the program said.
    case refused(String)
  }

  /// Runs `program` over a graph's text, with limits and without a network.
  public static func svg(
    of graph: String, program: String, folder: String = "/tmp"
  ) async throws(WrapperError) -> Answer {
    try await GraphvizRun(program: program, folder: folder).svg(of: graph)
  }
}

/// On a thread that may block.
private actor GraphvizRun {
  private let program: String
  private let folder: String
  private nonisolated let executor = BlockingExecutor(label: "dmake.graphviz")
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  init(program: String, folder: String) {
    self.program = program
    self.folder = folder
  }

  func svg(of graph: String) throws(WrapperError) -> Graphviz.Answer {
    let own: PrivateFolder
    do { own = try PrivateFolder(in: folder, prefix: "dmake-graph") } catch { throw .file(error) }
    defer { own.remove() }
    do throws(SystemError) {
      try Directory(path: own.path).write("graph.dot", Array(graph.utf8), mode: 0o600)
    } catch {
      throw .file(error)
    }
    let outcome = try run(in: own.path)
    do throws(SystemError) {
      let picture = try Directory(path: own.path).readIfPresent(
        "graph.svg", limitBytes: Int(MakeLimits.database.fileLimitBytes))
      if let picture, outcome.exitCode == 0 { return .picture(picture) }
    } catch { throw .file(error) }
    return .refused(outcome.isStopped ? "it did not come to an end" : Excerpt.tail(of: outcome.output))
  }

  private func run(in path: String) throws(WrapperError) -> MakeOutcome {
    let process = MakeProcess(
      program: program, arguments: ["-Tsvg", "-o", "graph.svg", "graph.dot"],
      environment: ["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": path], folder: path,
      limits: .database, confinedTo: path)
    do throws(MakeProcessError) { return try process.run() } catch { throw .make(error) }
  }
}
