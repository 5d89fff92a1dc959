import Model

/// A command of a node's configuration that tells something of the machine, as XML.
public struct NodeProbe: Hashable, Sendable {
  public let name: String
  /// Executed without a shell, by the agent.
  public let command: [String]
  /// From the end of one run to the next.
  public var every = Duration.seconds(30)
  /// How long a run may take.
  public var timeout = Duration.seconds(5)
  /// After so many failed runs in a row what it told before goes.
  public var failures = 3

  public init(name: String, command: [String]) {
    self.name = name
    self.command = command
  }
}

/// What came of a probe's run.
public enum NodeProbeAnswer: Hashable, Sendable {
  /// An element with all in it, as UTF-8 without a declaration, checked as a stranger's document.
  case element(String)
  /// The text says what was wrong.
  case failed(String)
}

/// What is known of a probe.
public struct NodeProbeReport: Hashable, Sendable {
  public let name: String
  /// What it told last, unless it has failed too often since.
  public let element: String?
  /// Why its last run failed; nil if it did not.
  public let problem: String?

  public init(name: String, element: String?, problem: String?) {
    self.name = name
    self.element = element
    self.problem = problem
  }

  var text: String {
    let problem = problem.map { " problem=\"\(XMLCharacters.escaped($0))\"" } ?? ""
    return "<probe name=\"\(name)\"\(problem)" + (element.map { ">\($0)</probe>" } ?? "/>")
  }
}

/// When a node's probes run, and what follows from what they tell, as a value.
public struct NodeProbeMonitor: Equatable, Sendable {
  private struct Entry: Equatable {
    let probe: NodeProbe
    /// Nil: a run is under way.
    var dueAt: Instant?
    var failures = 0
    var element: String?
    var problem: String?
    var report: NodeProbeReport? {
      if element == nil, problem == nil { return nil }
      return NodeProbeReport(name: probe.name, element: element, problem: problem)
    }
  }

  private var entries: [Entry] = []

  public init() {}

  /// These probes are configured now. One that is new, or another one by the same name, runs at once, and nothing is
  /// known of it.
  public mutating func follow(_ probes: [NodeProbe], at now: Instant) {
    guard probes != entries.map(\.probe) else { return }
    entries = probes.map { probe in entries.first { $0.probe == probe } ?? Entry(probe: probe, dueAt: now) }
  }

  /// When ``due(at:)`` has one.
  public var deadline: Instant? { entries.compactMap(\.dueAt).min() }

  /// Those that are to run now; each is to be answered by ``take(_:of:at:)``.
  public mutating func due(at now: Instant) -> [NodeProbe] {
    var due: [NodeProbe] = []
    for index in entries.indices where entries[index].dueAt.map({ $0 <= now }) == true {
      entries[index].dueAt = nil
      due.append(entries[index].probe)
    }
    return due
  }

  /// What came of a run; of a probe that is not configured any more it counts for nothing.
  public mutating func take(_ answer: NodeProbeAnswer, of probe: NodeProbe, at now: Instant) {
    guard let index = entries.firstIndex(where: { $0.probe == probe }), entries[index].dueAt == nil else {
      return
    }
    entries[index].dueAt = now + probe.every
    switch answer {
    case .element(let element):
      entries[index].element = element
      entries[index].problem = nil
      entries[index].failures = 0
    case .failed(let reason):
      entries[index].problem = reason
      entries[index].failures += 1
      if entries[index].failures >= probe.failures { entries[index].element = nil }
    }
  }

  /// Of those that have run, in the order of the configuration.
  public var reports: [NodeProbeReport] { entries.compactMap(\.report) }
}
