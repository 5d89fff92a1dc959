import FileTree
import DMakefile
import Glibc
import Linux
import Model

extension PolicyCheck {
  /// All that is wrong with a bundle for `members`, each of which has all the `processes`: what a leader asks. What the
  /// policy suppresses is left out. The policy is trusted: a leader runs its recipes anyway.
  public static func check(
    _ bundle: Bundle, members: [NodeName], processes: [ProcessName] = [], make: String = "/usr/bin/make",
    folder: String = "/tmp"
  ) async throws(WrapperError) -> [Diagnostic] {
    var settings = CheckSettings()
    settings.members = SortedMap(members.map { ($0, processes) })
    settings.make = make
    settings.folder = folder
    settings.isTrusted = true
    return try await examine(bundle, settings).findings.diagnostics
  }

  /// Looks at all of a bundle: what the text shows, what GNU make says when it reads it, and what the rules show.
  ///
  /// make runs confined, without a network and without write access, in an empty private folder. Where the kernel
  /// refuses that, it runs on policies that it only reads, and on others if they are trusted.
  public static func examine(
    _ bundle: Bundle, _ settings: CheckSettings
  ) async throws(WrapperError) -> PolicyExamination {
    let makefiles = Makefiles(bundle)
    async let translated = Translator.translate(makefiles)
    let text = PolicyText(makefiles)
    let isHarmless = ReadingEffects(makefiles).first == nil
    let translation = await translated
    let files = fileFindings(of: text)
    if files.hasErrors { return PolicyExamination(makefiles, files, translation, [:], nil) }
    async let findings = textFindings(of: text, translation)
    let checker = PolicyChecker(text, translation, isHarmless: isHarmless, settings)
    // make may look at what it only reads while the text is checked; all else is given to it once the text is good.
    if !isHarmless, await findings.hasErrors {
      return await PolicyExamination(makefiles, files + findings, translation, [:], nil)
    }
    let rules = await checker.examine()
    let found = await files + findings
    if found.hasErrors { return PolicyExamination(makefiles, found, translation, [:], nil) }
    return try rules.get().examination(of: makefiles, translation, found, settings)
  }

  private static func textFindings(of text: PolicyText, _ translation: Translation) async -> [Diagnostic] {
    textFindings(of: text, translation, isProgram: isProgram) + invariantFindings(translation, in: text.bundle)
  }

  /// As ``examine(_:_:)``, by the text alone, where there is no make.
  public static func examineText(of bundle: Bundle) -> PolicyExamination {
    let makefiles = Makefiles(bundle)
    let translation = Translator.translate(makefiles)
    let found = diagnostics(of: makefiles, translation) + invariantFindings(translation, in: bundle)
    return PolicyExamination(makefiles, found, translation, [:], nil)
  }
}

extension PolicyCheck {
  /// Whether recipes would find a program on this machine.
  fileprivate static func isProgram(_ name: String) -> Bool {
    if name.hasPrefix("/") { return access(name, X_OK) == 0 }
    return WrapperSettings.standardSearchPath.split(separator: ":").contains {
      access("\($0)/\(name)", X_OK) == 0
    }
  }
}

/// What make and its rules show of a policy.
private struct RuleFindings: Sendable {
  var found: [Diagnostic]
  var members: SortedMap<NodeName, [ProcessName]> = [:]
  /// nil where make could not say them.
  var rules: (graph: Graph, goals: [Goal])?

  func examination(
    of makefiles: Makefiles, _ translation: Translation, _ text: [Diagnostic], _ settings: CheckSettings
  ) -> PolicyExamination {
    PolicyExamination(
      makefiles, SortedSet(text + found).elements, translation, members, rules,
      givesAdvice: rules != nil && settings.givesAdvice)
  }
}

/// Runs make for a check, on a thread that may block.
private actor PolicyChecker {
  /// Whether make does nothing but read when it reads the policy.
  private let isHarmless: Bool
  private let text: PolicyText
  private let translation: Translation
  private let settings: CheckSettings
  private nonisolated let executor = BlockingExecutor(label: "dmake.check")
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  init(_ text: PolicyText, _ translation: Translation, isHarmless: Bool, _ settings: CheckSettings) {
    self.isHarmless = isHarmless
    self.text = text
    self.translation = translation
    self.settings = settings
  }

  private var bundle: Bundle { text.bundle }

  func examine() -> Result<RuleFindings, WrapperError> {
    let own: PrivateFolder
    do { own = try PrivateFolder(in: settings.folder, prefix: "dmake-check") } catch {
      return .failure(.file(error))
    }
    defer { own.remove() }
    do throws(RoundFailure) {
      return .success(try examine(in: own.path))
    } catch {
      switch error {
      case .file(let error): return .failure(.file(error))
      case .make(let error): return .failure(.make(error))
      case .unreadable(let place, let message):
        return .success(RuleFindings(found: [Diagnostic(place, message).withColumn(in: text)]))
      }
    }
  }

  private func examine(in path: String) throws(RoundFailure) -> RuleFindings {
    let policy: MakePolicy
    do throws(SystemError) {
      policy = try MakePolicy.install(bundle, in: Directory(path: path), translation: translation)
    } catch { throw .file(error) }
    var assumed = AssumedMembers(text)
    var members = settings.members ?? assumed.processes
    var answer = try ask(policy, members, in: path)
    if settings.members == nil, let database = answer.database {
      // A name that came by way of a variable is seen only now.
      assumed.add(database)
      if assumed.processes != members {
        members = assumed.processes
        answer = try ask(policy, members, in: path)
      }
    }
    guard let database = answer.database else { return RuleFindings(found: answer.said, members: members) }
    let graph = Graph(database: database, translation: policy.translation)
    let goals: [Goal]
    do throws(AnalysisLimit) {
      goals = try graph.goals(members: members.keys) { members[$0] ?? [] }
      try Groups.check(goals)
    } catch {
      return RuleFindings(found: answer.said + [graph.diagnostic(of: error, in: text)], members: members)
    }
    var found = graph.diagnostics(of: goals, in: text)
    if found.contains(where: { $0.code == .localRule }), text.namesMembers {
      found = try localFindings(found, of: policy, (graph, goals), members, in: path)
    }
    let documents = DocumentCheck(bundle: bundle, configurationErrors: settings.configurationErrors)
    return RuleFindings(
      found: answer.said + documents.configurations(of: goals) + found, members: members, rules: (graph, goals))
  }

  /// The findings with those about `[local]` rules as their nodes see the rules: where one runs, its node is the only
  /// one in DMAKE_NODES and its like. A few nodes have all rules.
  private func localFindings(
    _ found: [Diagnostic], of policy: MakePolicy, _ rules: (graph: Graph, goals: [Goal]),
    _ members: SortedMap<NodeName, [ProcessName]>, in path: String
  ) throws(RoundFailure) -> [Diagnostic] {
    let (graph, goals) = rules
    guard let first = members.keys.first else { return found }
    var places = SortedMap<NodeName, [SourcePlace]>()
    for goal in goals where goal.isLocal {
      let node = (goal.output?.reference.path.top).flatMap { try? NodeName(String($0)) } ?? first
      guard let place = goal.place else { continue }
      places[members[node] == nil ? first : node, default: []].append(place)
    }
    var result = found.filter { $0.code != .localRule }
    // A rule may name one node, whose own file that is there: another node shows it.
    var counts = SortedMap<SourcePlace, Int>()
    var seen: SortedSet<SourcePlace> = []
    for (node, places) in places.map({ ($0, SortedSet($1)) }) {
      guard places.contains(where: { counts[$0, default: 0] < 2 }) else { continue }
      for place in places { counts[place, default: 0] += 1 }
      guard let own = try self.rules(of: policy, on: node, members[node] ?? [], in: path) else { continue }
      result += own.graph.diagnostics(ofLocal: own.goals, in: text)
      seen.formUnion(own.goals.filter(\.isLocal).compactMap(\.place))
    }
    // What no node has as a rule is told as it looks for all.
    return result + graph.diagnostics(ofLocal: goals.filter { $0.place.map(seen.contains) == false }, in: text)
  }

  private func rules(
    of policy: MakePolicy, on node: NodeName, _ processes: [ProcessName], in path: String
  ) throws(RoundFailure) -> (graph: Graph, goals: [Goal])? {
    guard let database = try ask(policy, [node: processes], in: path).database else { return nil }
    let graph = Graph(database: database, translation: policy.translation)
    do throws(AnalysisLimit) {
      return (graph, try graph.goals(members: [node]) { _ in processes })
    } catch {
      return nil
    }
  }

  /// What make says of the policy, and its rules; without them what it says has an error.
  private func ask(
    _ policy: MakePolicy, _ members: SortedMap<NodeName, [ProcessName]>, in path: String
  ) throws(RoundFailure) -> (said: [Diagnostic], database: Database?) {
    do throws(SystemError) {
      let root = try FileTreeStore(root: path + "/root")
      let membership = Membership.makefile(members: members.keys) { members[$0] ?? [] }
      try root.write(HiddenFiles.membership, Content(membership), .never)
      try root.write(HiddenFiles.appendix, Content(HiddenFiles.appendixText), .never)
      _ = try Directory.create(path: path + "/scratch")
    } catch { throw .file(error) }
    let (outcome, messages, database) = try DatabaseRun.run(
      policy, make: settings.make, folder: path + "/root", scratch: path + "/scratch",
      environment: [
        "PATH": "\(policy.installation.path):\(WrapperSettings.standardSearchPath)", "LC_ALL": "C.UTF-8",
        "HOME": path + "/scratch", "TMPDIR": path + "/scratch", "DMAKE_BUNDLE": policy.installation.path,
      ], isConfinementRequired: !settings.isTrusted && !isHarmless)
    var said = MakeMessages.parse(Array(messages.utf8)).map { diagnostic in
      diagnostic.moved(to: policy.place(diagnostic.file, diagnostic.line).file).withColumn(in: text)
    }
    if let fatal = MakeMessage.fatal(in: messages) {
      let place = fatal.file.map { policy.place($0, fatal.line) }
      if !said.contains(where: { $0.severity == .error }) {
        said.append(Diagnostic(place, fatal.message).withColumn(in: text))
      }
      return (said, nil)
    }
    if let stop = DatabaseRun.stop(outcome) { return (said + [Diagnostic(nil, stop)], nil) }
    guard DatabaseRun.isWhole(database) else {
      return said.hasErrors
        ? (said, nil)
        : (
          said + [Diagnostic(nil, "make ended before it had told its rules: \(Excerpt.tail(of: messages))")],
          nil
        )
    }
    var rules = Database(parsing: database)
    // make names the translations; a finding names the policy's own file.
    rules.movePlaces { policy.place($0.file, $0.line) }
    return (said, rules)
  }
}

extension Diagnostic {
  /// What make itself said.
  fileprivate init(_ place: SourcePlace?, _ message: String) {
    self.init(.makeSyntax, file: place?.file ?? Bundle.policyFile, line: place?.line ?? 0, message: message)
  }

  fileprivate func moved(to file: String) -> Diagnostic {
    Diagnostic(
      code, severity, file: file, line: line, column: column, length: length, message: message, note: note,
      hint: hint)
  }
}
