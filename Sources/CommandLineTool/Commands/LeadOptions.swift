import ArgumentParser
import GroupProtocol
import Leader
import Logging
import MakeWrapper
import Model
import Transport

/// How a leader leads: for `dmake leader`, and for `dmake agent --lead`.
struct LeadOptions: ParsableArguments {
  @Option(
    name: .customLong("listen"),
    help: ArgumentHelp(
      "Where the leader listens: unix:/path, 127.0.0.1:port or [::1]:port; may be given several times.",
      discussion: "Without it, \(LeaderAddresses.standard). Port 0 lets the system choose.",
      valueName: "address"),
    transform: { try LeaderAddresses.parseReachable($0) })
  var addresses: [Address] = []

  @Option(
    help: ArgumentHelp(
      "A policy that is activated if none was yet: a folder, or its DMakefile.", valueName: "dir"),
    completion: .directory)
  var policy: String?

  @Option(help: ArgumentHelp("How long a node that is not heard stays present.", valueName: "duration"))
  var lease = DurationArgument(Timing.standard.lease)

  @Option(
    help: ArgumentHelp(
      "How long after it was heard last an agent stops what is to stop in isolation.",
      discussion: "Without it, half of the lease.", valueName: "duration"))
  var fence: DurationArgument?

  @Option(
    help: ArgumentHelp(
      "How long that may take until it is killed.", discussion: "Without it, a quarter of the lease.",
      valueName: "duration"))
  var stopGrace: DurationArgument?

  @Option(help: ArgumentHelp("What a step of the leader's logical time stands for.", valueName: "duration"))
  var tick = DurationArgument(Timing.standard.tick)

  @Option(
    help: ArgumentHelp(
      "How long it is kept why an overwritten value was what it was, for `dmake status --why --at`.",
      valueName: "duration"))
  var keepProvenance = DurationArgument(Timing.standardProvenance)

  @Option(
    name: [.customShort("j"), .customLong("make-jobs")],
    help: ArgumentHelp("How many recipes make runs at once.", valueName: "n"))
  var jobs = 1

  @Option(help: ArgumentHelp("How long a recipe may take before it is killed.", valueName: "duration"))
  var recipeLimit = DurationArgument(MakeLimits().recipe)

  func validate() throws {
    if tick.duration < .milliseconds(10) {
      throw ValidationError("--tick \(tick) is too short; expected at least 10ms")
    }
    if lease.duration < tick.duration * 6 {
      throw ValidationError(
        "--lease \(lease) is too short: a node needs a few heartbeats in it; expected at least six times --tick \(tick)"
      )
    }
    // A heartbeat is answered with the next tick.
    if timing.fence < tick.duration * 3 {
      throw ValidationError(
        "--fence \(DurationArgument(timing.fence)) is too short: one late heartbeat would fence a node; expected at least three times --tick \(tick)"
      )
    }
    if !timing.isSafe {
      throw ValidationError(
        "the timers are not safe: \(timing.objection); choose a longer --lease, or a shorter --fence or --stop-grace"
      )
    }
    if keepProvenance.duration < tick.duration {
      throw ValidationError("--keep-provenance \(keepProvenance) is shorter than --tick \(tick)")
    }
    if !(1...1024).contains(jobs) { throw ValidationError("--make-jobs \(jobs) is not within 1 to 1024") }
    if recipeLimit.duration < .milliseconds(100) {
      throw ValidationError("--recipe-limit \(recipeLimit) is too short; expected at least 100ms")
    }
  }

  private var timing: Timing {
    Timing(
      lease: lease.duration, tick: tick.duration, fence: fence?.duration, stopGrace: stopGrace?.duration,
      provenance: keepProvenance.duration)
  }

  var isDefault: Bool {
    let standard = MakeLimits()
    return addresses.isEmpty && policy == nil && fence == nil && stopGrace == nil
      && lease.duration == Timing.standard.lease && jobs == 1
      && keepProvenance.duration == Timing.standardProvenance && tick.duration == Timing.standard.tick
      && recipeLimit.duration == standard.recipe
  }

  /// Says where the leader listens, with the ports that the system chose.
  func announce(_ logger: Logger) -> @Sendable ([Address]) -> Void {
    { addresses in
      let text = addresses.map(\.description).joined(separator: " ")
      logger.info("the leader listens", metadata: ["addresses": "\(text)"])
    }
  }

  /// - Parameter tokenFile: asked for on TCP; in the state folder where it is nil.
  func settings(stateFolder: String, tokenFile: String?) throws(CommandFailure) -> LeaderSettings {
    var settings = LeaderSettings(
      stateFolder: "\(stateFolder)/leader",
      addresses: addresses.isEmpty ? [LeaderAddresses.standard] : addresses,
      tokenFile: tokenFile ?? "\(stateFolder)/leader/token")
    settings.timing = timing
    settings.makeLimits.jobs = jobs
    settings.makeLimits.recipe = recipeLimit.duration
    settings.policy = try policy.map { path throws(CommandFailure) in try PolicySource(path: path).read() }
    return settings
  }
}
