import FileTree
import DMakefile
import Glibc
import Linux
import Model

extension PolicyCheck {
  /// All that is wrong with a bundle, in the order of places: what the text shows, what GNU make says when it reads
  /// it, and what the rules show for `members` with `processes`. For `apply` and `lint`.
  ///
  /// make runs confined, without a network and without write access, in an empty private folder below `folder`.
  public static func check(
    _ bundle: Bundle, members: [NodeName], processes: [ProcessName] = [], make: String = "/usr/bin/make",
    folder: String = "/tmp"
  ) async throws(WrapperError) -> [Diagnostic] {
    let found = diagnostics(of: bundle)
    if found.hasErrors { return found.sorted() }
    let checker = PolicyChecker(make: make, folder: folder)
    return try await (found + checker.check(bundle, members, processes)).unique()
  }
}

/// Runs make for a check, on a thread that may block.
private actor PolicyChecker {
  private let make: String
  private let folder: String
  private nonisolated let executor = BlockingExecutor(label: "dmake.check")
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  init(make: String, folder: String) {
    self.make = make
    self.folder = folder
  }

  func check(
    _ bundle: Bundle, _ members: [NodeName], _ processes: [ProcessName]
  ) throws(WrapperError) -> [Diagnostic] {
    var template = Array("\(folder)/dmake-check-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw .file(SystemError(errno, "create a private folder in", folder))
    }
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer {
      if let parent = try? Directory(path: folder) {
        try? PolicyInstallation.remove(String(path.dropFirst(folder.utf8.count + 1)), from: parent)
      }
    }
    do throws(RoundFailure) {
      return try check(bundle, members, processes, in: path)
    } catch {
      switch error {
      case .file(let error): throw .file(error)
      case .make(let error): throw .make(error)
      case .unreadable(let place, let message): return [Diagnostic(place, message)]
      }
    }
  }

  private func check(
    _ bundle: Bundle, _ members: [NodeName], _ processes: [ProcessName], in path: String
  ) throws(RoundFailure) -> [Diagnostic] {
    let policy: MakePolicy
    do throws(SystemError) {
      policy = try MakePolicy.install(bundle, in: Directory(path: path))
      let root = try FileTreeStore(root: path + "/root")
      let membership = Membership.makefile(members: members) { _ in processes }
      try root.write(HiddenFiles.membership, Content(membership), .never)
      try root.write(HiddenFiles.appendix, Content(HiddenFiles.appendixText), .never)
      _ = try Directory.create(path: path + "/scratch")
    } catch { throw .file(error) }
    let (outcome, messages, database) = try DatabaseRun.run(
      policy, make: make, folder: path + "/root", scratch: path + "/scratch",
      environment: [
        "PATH": "\(policy.installation.path):/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8",
        "HOME": path + "/scratch", "TMPDIR": path + "/scratch", "DMAKE_BUNDLE": policy.installation.path,
      ])
    var found = MakeMessages.parse(Array(messages.utf8)).map { diagnostic in
      diagnostic.moved(to: policy.place(diagnostic.file, diagnostic.line).file)
    }
    if let fatal = MakeMessage.fatal(in: messages) {
      let place = fatal.file.map { policy.place($0, fatal.line) }
      if !found.contains(where: { $0.severity == .error }) { found.append(Diagnostic(place, fatal.message)) }
      return found
    }
    if outcome.isStopped || outcome.exitCode < 0 {
      return found + [Diagnostic(nil, "make did not come to an end while it read the policy")]
    }
    var rules = Database(parsing: Array(database.utf8))
    // make names the translations; a finding names the policy's own file.
    rules.movePlaces { policy.place($0.file, $0.line) }
    let graph = Graph(database: rules, translation: policy.translation)
    return found + graph.diagnostics(of: graph.goals(members: members) { _ in processes })
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

extension Array where Element == Diagnostic {
  /// In order, each once: text and graph may show the same thing.
  fileprivate func unique() -> [Diagnostic] {
    var result: [Diagnostic] = []
    for diagnostic in sorted() where result.last != diagnostic { result.append(diagnostic) }
    return result
  }
}
