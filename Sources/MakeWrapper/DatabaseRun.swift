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

  /// Where make's database begins in its output, and how its last line begins.
  private static let start = "# Make data base, printed on "
  private static let end = "# Finished Make data base on "

  static func ask(
    _ policy: MakePolicy, make: String, folder: String, scratch: String,
    environment: SortedMap<String, String>
  ) throws(RoundFailure) -> Answer {
    let (outcome, output, database) = try run(
      policy, make: make, folder: folder, scratch: scratch, environment: environment,
      goals: ["-f", HiddenFiles.environment, HiddenSpace.environment])
    let (messages, names) = RecipeEnvironment.split(output)
    if let stop = stop(outcome) {
      let printed = outcome.stop == .flooded ? "" : Excerpt.tail(of: messages)
      return .refused(place: nil, message: printed.isEmpty ? stop : "\(stop): \(printed)")
    }
    if let error = MakeMessage.fatal(in: messages) {
      return .refused(place: error.file.map { policy.place($0, error.line) }, message: error.message)
    }
    guard isWhole(database) else {
      // Without this, what is missing would look like rules that nobody has any more.
      return .refused(
        place: nil, message: "make ended before it had told its rules: \(Excerpt.tail(of: messages))")
    }
    var rules = Database(parsing: database)
    rules.environment = names
    rules.rules.removeAll { $0.target == HiddenSpace.environment }
    // make names the translations; rules are known by the policy's own files.
    rules.movePlaces { policy.place($0.file, $0.line) }
    return .graph(
      Graph(database: rules, translation: policy.translation),
      missing: messages.split(separator: "\n").compactMap(MakeMessage.unmakeable))
  }

  /// Whether make came to the end of its database.
  static func isWhole(_ database: [UInt8]) -> Bool {
    database.suffix(1024).split(separator: UInt8(ascii: "\n")).contains { $0.starts(with: end.utf8) }
  }

  /// Why the run did not come to its end; nil where it did.
  static func stop(_ outcome: MakeOutcome) -> String? {
    let limits = MakeLimits.database
    switch outcome.stop {
    case .busy:
      return
        "make took more than \(limits.expansion) of processor time for one text while it read the policy: look for a list or a variable that multiplies"
    case .timedOut: return "make did not come to an end in \(limits.run) while it read the policy"
    case .flooded:
      return
        "make printed more than \(limits.outputLimitBytes >> 20) MiB while it read the policy: look for a list or a variable that multiplies"
    case .grew:
      return
        "make took more than \(limits.makeResidentLimitBytes >> 20) MiB of memory while it read the policy: look for a list or a variable that multiplies"
    case nil: return outcome.exitCode < 0 ? "make was killed while it read the policy" : nil
    }
  }

  /// Answers what make said and, apart from it, its database.
  static func run(
    _ policy: MakePolicy, make: String, folder: String, scratch: String,
    environment: SortedMap<String, String>, isConfinementRequired: Bool = false, goals: [String] = []
  ) throws(RoundFailure) -> (outcome: MakeOutcome, messages: String, database: [UInt8]) {
    // The goal is a file that is there: the rules are wanted, not what make would do.
    var process = MakeProcess(
      program: make, arguments: policy.arguments + ["-p", "-q"] + goals + [HiddenFiles.membership],
      environment: environment, folder: folder, limits: .database, confinedTo: scratch, keepsAllOutput: true)
    process.isConfinementRequired = isConfinementRequired
    let outcome: MakeOutcome
    do throws(MakeProcessError) { outcome = try process.run() } catch { throw .make(error) }
    let output = outcome.output
    if output.hasPrefix(start) { return (outcome, "", Array(output.utf8)) }
    guard let split = output.firstRange(of: "\n" + start) else { return (outcome, output, []) }
    let database = output.index(after: split.lowerBound)
    return (outcome, String(output[..<split.lowerBound]), Array(output[database...].utf8))
  }
}
