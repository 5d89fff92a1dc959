import DMakefile
import Linux
import Model

/// An installed policy with what make is given of it.
struct MakePolicy {
  let installation: PolicyInstallation
  var readsEverything: Bool { false }
  init(_ installation: PolicyInstallation) { self.installation = installation }
}
extension RoundExecution {
  func refreshGraph() throws(RoundFailure) {}
  func runMake(_ plan: PassPlan) throws(RoundFailure) -> MakeReport { MakeReport() }
  func readAssignments(of ran: SortedSet<String>, _ report: MakeReport) throws(SystemError) -> SortedMap<String, AssignmentRecord> { [:] }
}
