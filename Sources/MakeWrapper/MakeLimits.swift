/// What make and its recipes may use up before the wrapper steps in.
public struct MakeLimits: Equatable, Sendable {
  /// One recipe, with all of its lines; it is then killed, and make goes on with the others.
  public var recipe: Duration
  /// One run of make as a whole.
  public var run: Duration
  /// What one recipe may print.
  public var outputLimitBytes: Int
  /// The largest file that a recipe may write (RLIMIT_FSIZE).
  public var fileLimitBytes: UInt64
  /// Address space of make and of each recipe (RLIMIT_AS); nil for no limit.
  public var memoryLimitBytes: UInt64?
  /// How many recipes run at once (`make -j`).
  public var jobs: Int
  /// The processor's time that make itself may take without printing a line or starting a program, where it expands a
  /// text without end: it is then killed, and nothing of the round counts. No round begins while it does.
  public var expansion = Duration.seconds(5)
  /// What make itself may keep in memory, where a text grows as it expands it: it is then killed.
  public var makeResidentLimitBytes: UInt64 = 1 << 30
  /// What a recipe's processes may keep in memory together; they are then killed.
  public var recipeResidentLimitBytes: UInt64 = 4 << 30

  public init(
    recipe: Duration = .seconds(60), run: Duration = .seconds(600), outputLimitBytes: Int = 1 << 20,
    fileLimitBytes: UInt64 = 256 << 20, memoryLimitBytes: UInt64? = nil, jobs: Int = 1
  ) {
    self.recipe = recipe
    self.run = run
    self.outputLimitBytes = outputLimitBytes
    self.fileLimitBytes = fileLimitBytes
    self.memoryLimitBytes = memoryLimitBytes
    self.jobs = jobs
  }

  /// For a run over so many bytes of rules, which make reads before it prints anything.
  func expanding(_ bytes: Int) -> MakeLimits {
    var limits = self
    limits.expansion += .seconds(bytes >> 20)
    return limits
  }

  /// For runs that only ask for the graph: nothing in them is meant to take long.
  public static let database: MakeLimits = {
    var limits = MakeLimits(
      recipe: .seconds(10), run: .seconds(30), outputLimitBytes: 128 << 20, fileLimitBytes: 16 << 20,
      memoryLimitBytes: 1 << 30)
    limits.expansion = .seconds(10)
    return limits
  }()
}
