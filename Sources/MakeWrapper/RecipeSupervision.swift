import Glibc

/// Watches make's direct children from outside and kills a recipe that takes too long or prints too much, with
/// everything it has started. make then sees a recipe that failed and, under `-k`, goes on with the others.
struct RecipeSupervision {
  static let intervalMilliseconds: Int32 = 50
  /// make exports it to each recipe, see `HiddenSpace`; without it children are told apart by their numbers.
  static let targetVariable = "DMAKE_TARGET"

  private struct Recipe {
    let target: String?
    let since: ContinuousClock.Instant
    var isStopped = false
  }

  private let make: pid_t
  private let warden: pid_t
  private let limits: MakeLimits
  private let start = ContinuousClock.now
  private var lastLook: ContinuousClock.Instant?
  /// Recipes that run, by target or (without one) by process.
  private var recipes: [String: Recipe] = [:]

  private(set) var stopped: [MakeOutcome.Stopped] = []
  private(set) var isRunStopped = false

  init(make: pid_t, warden: pid_t, limits: MakeLimits) {
    self.make = make
    self.warden = warden
    self.limits = limits
  }

  /// Looks at what runs now. `recipe` has printed `outputBytes` so far. Where the round's task was cancelled, as the
  /// leader stops, its result is for nobody and the run ends at once.
  mutating func check(outputBytes: Int, recipe: String?) {
    let now = ContinuousClock.now
    let isFlooding = outputBytes > limits.outputLimitBytes
    // A make with thousands of rules prints all the time, and each look reads files of /proc.
    if let lastLook, !isFlooding, now - lastLook < .milliseconds(Self.intervalMilliseconds) { return }
    lastLook = now
    if Task.isCancelled || now - start > limits.run {
      stopRun()
      return
    }
    let children = ProcessTable.children(of: make)
    var running: [String: Recipe] = [:]
    for child in children {
      let target = ProcessTable.environmentValue(Self.targetVariable, of: child)
      let key = target ?? "\(child)"
      var known = recipes[key] ?? Recipe(target: target, since: now)
      if isFlooding && (target == nil || recipe == nil || target == recipe) {
        stop(&known, child, .flooded)
      } else if now - known.since > limits.recipe {
        stop(&known, child, .timedOut)
      }
      running[key] = known
    }
    recipes = running
    // make itself prints without end: an `$(info …)` in a loop, say.
    if isFlooding && children.isEmpty && outputBytes > 4 * limits.outputLimitBytes { stopRun() }
  }

  private mutating func stop(_ recipe: inout Recipe, _ child: pid_t, _ reason: MakeOutcome.Stopped.Reason) {
    // A recipe may have more lines: each is killed, the reason is noted once.
    if !recipe.isStopped { stopped.append(MakeOutcome.Stopped(target: recipe.target, reason: reason)) }
    recipe.isStopped = true
    for process in ProcessTable.descendants(of: child) { kill(process, SIGKILL) }
    kill(child, SIGKILL)
    // What had left the recipe's tree (a double fork) hangs below the warden. No recipe may leave a daemon
    // behind, so whatever is there goes.
    for process in ProcessTable.children(of: warden) where process != make {
      for descendant in ProcessTable.descendants(of: process) { kill(descendant, SIGKILL) }
      kill(process, SIGKILL)
    }
  }

  private mutating func stopRun() {
    if !isRunStopped {
      let reason: MakeOutcome.Stopped.Reason =
        ContinuousClock.now - start > limits.run ? .timedOut : .flooded
      stopped += recipes.values.filter { !$0.isStopped }
        .map { MakeOutcome.Stopped(target: $0.target, reason: reason) }
    }
    isRunStopped = true
    kill(make, SIGKILL)
  }
}
