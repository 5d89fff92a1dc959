import Linux
import Logging
import Model
import Processes
import Supervision
import XML

extension AgentLoop {
  /// As a state's, in parts: sixteen documents of this size, with what writing them anew may add, are one that is
  /// within those limits.
  private static let probeLimits = XMLLimits(
    sizeLimitBytes: NodeProbeCommands.sizeLimitBytes, depthLimit: 190, nodeLimit: 10_000, attributeLimit: 64,
    tagLimitBytes: 8 << 10)

  /// Its document, checked as a stranger's.
  static func answer(_ outcome: NodeProbeCommands.Outcome) -> NodeProbeAnswer {
    switch outcome {
    case .failed(let reason): return .failed(reason)
    case .printed(let bytes):
      do {
        return .element(try XMLDocument.parse(bytes, limits: probeLimits).rootText())
      } catch {
        return .failed("what it prints is not taken: \(error)")
      }
    }
  }

  /// What the core has in force decides which probes run.
  func followProbes() {
    let before = probeMonitor.reports
    probeMonitor.follow(core.currentConfiguration?.probes ?? [], at: Self.now())
    if probeMonitor.reports != before { tellMachine() }
  }

  func runProbes(at now: Instant) {
    if let due = probeMonitor.deadline, due <= now {
      for probe in probeMonitor.due(at: now) {
        take([probeCommands.run(probe, node: core.node, now: now)].compactMap { $0 })
      }
    }
    if let due = probeCommands.deadline, due <= now { take(probeCommands.timeout(at: now)) }
  }

  func take(_ findings: [NodeProbeCommands.Finding]) {
    for finding in findings {
      func report() -> NodeProbeReport? { probeMonitor.reports.first { $0.name == finding.probe.name } }
      let before = report()
      probeMonitor.take(Self.answer(finding.outcome), of: finding.probe, at: Self.now())
      guard let after = report(), after != before else { continue }
      if let problem = after.problem, problem != before?.problem {
        logger.warning("a probe fails", metadata: ["probe": "\(after.name)", "reason": "\(problem)"])
      } else if after.problem == nil, before?.problem != nil {
        logger.info("a probe works again", metadata: ["probe": "\(after.name)"])
      }
      tellMachine()
    }
  }

  /// The machine as it was sampled last, with what probes tell now.
  func tellMachine() {
    guard var state = machine else { return }
    state.probes = probeMonitor.reports
    inputs.append(.init(.machine(state)))
  }
}
