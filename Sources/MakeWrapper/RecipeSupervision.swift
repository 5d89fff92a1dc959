import Glibc

/// Watches make's direct children from outside and kills a recipe that takes too long, prints too much or fills the
/// memory, with everything it has started. make then sees a recipe that failed and, under `-k`, goes on with the
/// others.
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
  /// Whether make itself prints what the run is for, so that it is make that floods.
  private let isOutputOfMake: Bool
  private let start = ContinuousClock.now
  private var lastLook: ContinuousClock.Instant?
  /// Recipes that run, by target or (without one) by process.
  private var recipes: [String: Recipe] = [:]

  private(set) var stopped: [MakeOutcome.Stopped] = []
  /// When make last printed something or started a program, by its own processor time, and how that was known.
  private var lastSign: (outputBytes: Int, recipe: String?, children: [pid_t], time: Duration)?
  /// Why make itself was stopped.
  private(set) var runStop: MakeOutcome.Stopped.Reason?

  init(make: pid_t, warden: pid_t, limits: MakeLimits, isOutputOfMake: Bool = false) {
    self.isOutputOfMake = isOutputOfMake
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
    // A recipe may stop what runs it, and neither its end nor a limit would be seen.
    for process in [make, warden] where ProcessTable.isStopped(process) { kill(process, SIGCONT) }
    if Task.isCancelled || now - start > limits.run { return stopRun(.timedOut) }
    if isFlooding && isOutputOfMake { return stopRun(.flooded) }
    if ProcessTable.residentBytes(of: [make]) > limits.makeResidentLimitBytes { return stopRun(.grew) }
    let children = ProcessTable.children(of: make)
    if isBusy(outputBytes, recipe, children) { return stopRun(.busy) }
    var running: [String: Recipe] = [:]
    for child in children {
      let target = ProcessTable.environmentValue(Self.targetVariable, of: child)
      let key = target ?? "\(child)"
      var known = recipes[key] ?? Recipe(target: target, since: now)
      if isFlooding && (target == nil || recipe == nil || target == recipe) {
        stop(&known, child, .flooded)
      } else if now - known.since > limits.recipe {
        stop(&known, child, .timedOut)
      } else if isFilling(child) {
        stop(&known, child, .grew)
      }
      running[key] = known
    }
    recipes = running
    // make itself prints without end: an `$(info …)` in a loop, say.
    if isFlooding && children.isEmpty && outputBytes > 4 * limits.outputLimitBytes { stopRun(.flooded) }
  }

  /// Whether make expands a text that has no end.
  private mutating func isBusy(_ outputBytes: Int, _ recipe: String?, _ children: [pid_t]) -> Bool {
    let time = ProcessTable.processorTime(of: make)
    if let last = lastSign, last.outputBytes == outputBytes, last.recipe == recipe, last.children == children {
      return time - last.time > limits.expansion
    }
    lastSign = (outputBytes, recipe, children, time)
    return false
  }

  private func isFilling(_ child: pid_t) -> Bool {
    ProcessTable.residentBytes(of: [child] + ProcessTable.descendants(of: child))
      > limits.recipeResidentLimitBytes
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

  private mutating func stopRun(_ reason: MakeOutcome.Stopped.Reason) {
    if runStop == nil {
      stopped += recipes.values.filter { !$0.isStopped }
        .map { MakeOutcome.Stopped(target: $0.target, reason: reason) }
      runStop = reason
    }
    kill(make, SIGKILL)
  }
}
