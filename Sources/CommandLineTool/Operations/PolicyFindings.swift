import DMakefile
import Glibc
import MakeWrapper
import Model

/// The checks that `lint` and `apply` share.
struct PolicyFindings {
  static let make = "/usr/bin/make"

  let console: Console

  /// What is wrong with a bundle. The rules are checked as they would be for two nodes; where there is no make, as
  /// on an operator's own machine, the text alone is checked, and the leader does the rest.
  func of(_ bundle: Bundle) async throws(CommandFailure) -> FindingsView {
    guard access(Self.make, X_OK) == 0 else {
      console.tell("dmake: `\(Self.make)` is not here, so only the policy's text is checked\n")
      return FindingsView(PolicyCheck.diagnostics(of: bundle), sources: bundle)
    }
    let members = ["n1", "n2"].compactMap { try? NodeName($0) }
    do throws(WrapperError) {
      return FindingsView(
        try await PolicyCheck.check(bundle, members: members, make: Self.make), sources: bundle)
    } catch {
      throw CommandFailure(.unavailable, "the policy cannot be checked: \(error.description.visibleLines)")
    }
  }
}
