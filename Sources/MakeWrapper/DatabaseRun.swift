import DMakefile
import Model

/// The run of make that only asks for the rules, `make -pq`, confined: it does run `$(shell …)` and remake included
/// makefiles, on a policy that nobody may have checked yet.
enum DatabaseRun {
  enum Answer {
    /// With the makefiles that are included and nowhere to be found.
    case graph(Graph, missing: [(target: String, message: String)])
    /// make cannot read the policy.
    case refused(place: SourcePlace?, message: String)
  }

  /// Where make's database begins in its output.
  private static let start = "# Make data base, printed on "

  static func ask(
    _ policy: MakePolicy, make: String, folder: String, scratch: String,
    environment: SortedMap<String, String>
  ) throws(RoundFailure) -> Answer {
    let (outcome, output, database) = try run(
      policy, make: make, folder: folder, scratch: scratch, environment: environment,
      goals: ["-f", HiddenFiles.environment, HiddenSpace.environment])
    let (messages, names) = RecipeEnvironment.split(output)
    if outcome.isStopped || outcome.exitCode < 0 {
      return .refused(
        place: nil,
        message: "make did not come to an end while it read the policy: \(Excerpt.tail(of: messages))")
    }
    if let error = MakeMessage.fatal(in: messages) {
      return .refused(place: error.file.map { policy.place($0, error.line) }, message: error.message)
    }
    var rules = Database(parsing: Array(database.utf8))
    rules.environment = names
    rules.rules.removeAll { $0.target == HiddenSpace.environment }
    // make names the translations; rules are known by the policy's own files.
    rules.movePlaces { policy.place($0.file, $0.line) }
    return .graph(
      Graph(database: rules, translation: policy.translation),
      missing: messages.split(separator: "\n").compactMap(MakeMessage.unmakeable))
  }

  /// Answers what make said and, apart from it, its database.
  static func run(
    _ policy: MakePolicy, make: String, folder: String, scratch: String,
    environment: SortedMap<String, String>, isConfinementRequired: Bool = false, goals: [String] = []
  ) throws(RoundFailure) -> (outcome: MakeOutcome, messages: String, database: String) {
    // The goal is a file that is there: the rules are wanted, not what make would do.
    var process = MakeProcess(
      program: make, arguments: policy.arguments + ["-p", "-q"] + goals + [HiddenFiles.membership],
      environment: environment, folder: folder, limits: .database, confinedTo: scratch, keepsAllOutput: true)
    process.isConfinementRequired = isConfinementRequired
    let outcome: MakeOutcome
    do throws(MakeProcessError) { outcome = try process.run() } catch { throw .make(error) }
    let output = outcome.output
    if output.hasPrefix(start) { return (outcome, "", output) }
    guard let split = output.firstRange(of: "\n" + start) else { return (outcome, output, "") }
    let database = output.index(after: split.lowerBound)
    return (outcome, String(output[..<split.lowerBound]), String(output[database...]))
  }
}
