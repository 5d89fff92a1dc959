import Testing

/// The house's own rules, read from the sources as text (as TigerBeetle's tidy does). Each finding names the place
/// and what to use instead.
@Suite("The house's rules")
struct HouseTests {
  private static let everywhere: @Sendable (SourceFile) -> Bool = { _ in true }
  private static let inCores: @Sendable (SourceFile) -> Bool = {
    $0.module.map { Layers.cores.contains($0) } ?? false
  }
  private static let inSources: @Sendable (SourceFile) -> Bool = { $0.module != nil }

  static let rules: [any HouseRule] = [
    ImportRule(), LengthRule(), ProseRule(),
    BannedCode(
      words: [
        ("Date(", "the driver passes the time in"), ("ContinuousClock", "the driver passes the time in"),
        ("SuspendingClock", "the driver passes the time in"),
        ("clock_gettime", "the driver passes the time in"),
        ("getenv", "the driver passes the value in"), ("ProcessInfo", "the driver passes the value in"),
        ("FileManager", "let a driver touch files"), ("fopen", "let a driver touch files"),
        ("SystemRandomNumberGenerator", "keep a seeded generator in the state"),
        (".random(", "keep a seeded generator in the state"),
        (".randomElement(", "keep a seeded generator in the state"),
        ("shuffled()", "keep a seeded generator in the state"),
        ("UUID(", "keep a seeded generator in the state"),
        ("Dictionary", "use SortedMap, whose order is the same in each process"),
        ("Set<", "use SortedSet, whose order is the same in each process"),
        ("Set(", "use SortedSet, whose order is the same in each process"),
        ("hashValue", "use Digest, which is the same in each process"),
        ("Task {", "a core waits for nothing; return an effect"),
        ("await", "a core waits for nothing; return an effect"),
        ("print(", "return a note as an effect"),
      ], applies: inCores),
    HashedTypes(),
    BannedCode(
      words: [
        ("try!", "use `try` and let the caller know"), ("fatalError", "throw an error, or use `precondition`"),
        ("as!", "use `as?` and handle the other case"),
      ], applies: everywhere),
    BannedCode(
      words: [
        ("@unchecked Sendable", "make it a value, an actor or a Mutex"), ("nonisolated(unsafe)", "use a Mutex"),
      ],
      applies: inSources),
    BannedCode(
      words: [
        ("Task {", "say where it runs: `Task(executorPreference: TaskThreads.shared)`"),
        ("Task.detached", "say where it runs: `Task(executorPreference: TaskThreads.shared)`"),
        ("Task.sleep", "use `TaskThreads.sleep`"),
        ("DispatchQueue.global", "use `TaskThreads`, or a queue with a label for what blocks"),
      ], applies: inSources),
    SleepRule(),
  ]

  @Test("every file keeps them")
  func files() async {
    let files = Repository.swiftFiles()
    #expect(files.count > 50, "the repository was not found at \(Repository.root)")
    var findings: [Finding] = []
    for file in files {
      findings += Self.rules.flatMap { $0.findings(in: file) }
      // All of it takes ten seconds of one of the few threads for which other tests, and their peers, wait.
      await Task.yield()
    }
    #expect(findings.isEmpty, Comment(rawValue: findings.map(\.description).joined(separator: "\n")))
  }

  @Test("Package.swift has the layers that the rules know")
  func layers() {
    let declared = Layers.dependencies(in: Repository.text(of: "Package.swift"))
    for (module, imports) in Layers.imports {
      #expect(declared[module]?.sorted() == imports.sorted(), "\(module) in Package.swift and Layers.swift")
    }
    // `CLinux` and its like are C, which imports nothing of ours.
    let folders = Repository.names(in: "Sources").filter {
      !($0.hasPrefix("C") && $0.dropFirst().first?.isUppercase == true)
    }
    #expect(folders.sorted() == Layers.imports.keys.sorted())
    for core in Layers.cores {
      #expect(Layers.imports[core]?.allSatisfy(Layers.cores.contains) == true, "\(core) imports only cores")
    }
  }

  @Test("the top level of the repository has what a reader expects and nothing else")
  func topLevel() {
    let expected: Set = [
      ".ci", ".editorconfig", ".git", ".gitignore", ".swift-format", "ARCHITECTURE.md", "Benchmarks",
      "CHANGELOG.md", "CONTRIBUTING.md", "Examples", "LICENSE", "Makefile", "Package.resolved", "Package.swift",
      "README.md", "Sources", "Tests", "Tools", "completions", "man",
    ]
    let made = [".build", ".swiftpm", "build"]
    let others = Repository.names(in: "").filter { name in
      !expected.contains(name) && !made.contains(name) && !name.hasPrefix(".build-")
    }
    #expect(others.isEmpty, "\(others.sorted()): move them to where they belong")
  }
}

/// Types and literals of hash tables: `[K: V]` and `[:]` where no SortedMap takes them.
struct HashedTypes: HouseRule {
  func findings(in file: SourceFile) -> [Finding] {
    guard file.module.map({ Layers.cores.contains($0) }) == true else { return [] }
    return file.code.enumerated().compactMap { number, line in
      guard hasHashedType(line) else { return nil }
      return Finding(
        path: file.path, line: number + 1,
        message: "a dictionary's type; use SortedMap, whose order is the same in each process")
    }
  }

  /// Whether the line has `: [Key: Value]`, `-> [Key: Value]` or `[Key: Value]()`, with a type's capital letter.
  private func hasHashedType(_ line: String) -> Bool {
    let parts = line.split(separator: "[", omittingEmptySubsequences: false).dropFirst()
    return parts.contains { part in
      guard let first = part.first, first.isUppercase, let colon = part.firstIndex(of: ":"),
        let end = part.firstIndex(of: "]"), colon < end
      else { return false }
      let key = part[..<colon]
      let value = part[part.index(after: colon)..<end].drop { $0 == " " }
      return key.allSatisfy { $0.isLetter || $0.isNumber || $0 == "." } && value.first?.isUppercase == true
    }
  }
}
