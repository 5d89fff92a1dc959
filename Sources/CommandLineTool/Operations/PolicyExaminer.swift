import DMakefile
import Glibc
import MakeWrapper
import Model
import NodeSchema

/// The checks that `lint` and `apply` share.
struct PolicyExaminer {
  let console: Console
  var settings = CheckSettings()

  init(console: Console) {
    self.console = console
    settings.configurationErrors = { content in
      guard case .failure(let problems) = NodeSchema.decode(content) else { return [] }
      return problems.errors.map { ConfigurationError(line: $0.line, $0.message) }
    }
  }

  /// Looks at a bundle. Where there is no make, as on an operator's own machine, the text alone is checked, and the
  /// leader does the rest.
  func examine(_ bundle: Bundle) async throws(CommandFailure) -> PolicyExamination {
    guard access(settings.make, X_OK) == 0 else {
      console.tell("dmake: `\(settings.make)` is not here, so only the policy's text is checked\n")
      return PolicyCheck.examineText(of: bundle)
    }
    do throws(WrapperError) { return try await PolicyCheck.examine(bundle, settings) } catch {
      if case .make(let error) = error, error.isOfConfinement { throw refusal(of: bundle, error) }
      throw CommandFailure(.unavailable, "the policy cannot be checked: \(error.description.visibleLines)")
    }
  }

  private func refusal(of bundle: Bundle, _ error: MakeProcessError) -> CommandFailure {
    let effects = ReadingEffects(Makefiles(bundle))
    let reason =
      effects.first.map { "\($0.place): make does more than read the policy, by \($0.name), and " } ?? ""
    return CommandFailure(
      .notAllowed,
      "\(reason)\(error); `--trust` lets it run as it is, with your rights".visibleLines)
  }
}
