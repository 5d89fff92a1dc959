import Linux
import Model
import Synchronization

/// Runs rounds of a policy: the driver of the make wrapper.
///
/// It owns the folder ROOT, a copy of the tree in which make works, and is used from one serial place (the
/// leader). What it decides are values and functions in files of their own; it starts make, reads and writes
/// files. Everything that must survive a restart is in the ``WrapperMemory`` that rounds hand in and out.
public actor RoundRunner {
  private let settings: WrapperSettings
  private let validate: @Sendable (TreePath, Content) -> String?
  /// Rounds block on make, so they have a thread of their own rather than one of the cooperative pool's few.
  private nonisolated let executor = BlockingExecutor(label: "dmake.rounds")
  public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  /// What people may ask of the last round.
  nonisolated let inquiry = Mutex<RuleInquiry?>(nil)

  private var policies: [Digest: MakePolicy] = [:]
  /// Open once something was prepared or run, and until ROOT could not be read or written: on a full disk, say, what is
  /// there may be anything, so it is made what it must be before the next rule runs.
  private(set) var workshop: Workshop?
  /// Set by tests that must notice a wrong graph.
  private var distortion: (@Sendable (RuleGraph) -> RuleGraph)?

  /// `validate` says what is wrong with a file that a rule has made whole, beyond XML's own rules, or nil: a node's
  /// `DMake/config.xml` has a schema, which is not this module's to know.
  public init(
    settings: WrapperSettings, validate: @escaping @Sendable (TreePath, Content) -> String? = { _, _ in nil }
  ) {
    self.settings = settings
    self.validate = validate
    MakeProcess.prepare()
  }

  /// Makes a bundle available to rounds that name its digest. Installing one twice is no error.
  public func install(_ bundle: Bundle) throws(WrapperError) {
    guard policies[bundle.digest] == nil else { return }
    do throws(SystemError) {
      let state = try Directory.create(path: settings.stateFolder)
      policies[bundle.digest] = try MakePolicy.install(bundle, in: state)
    } catch { throw .file(error) }
  }

  /// Brings ROOT to what `tree` says, whatever is there now, at the start or after a snapshot was taken from
  /// elsewhere. The time stamps follow from `memory`, so that nothing that is up to date runs again.
  public func prepare(tree: Tree, memory: WrapperMemory) throws(WrapperError) {
    do throws(SystemError) {
      workshop = nil
      _ = try openWorkshop(tree, memory)
    } catch { throw .file(error) }
  }

  /// Brings outside changes of the tree to ROOT between rounds, so that whoever looks there sees the tree as it is.
  public func show(_ tree: Tree) throws(WrapperError) {
    do throws(SystemError) { try workshop?.show(tree) } catch {
      workshop = nil
      throw .file(error)
    }
  }

  /// Runs the policy over the request's tree to its fixed point. Afterwards ROOT is the tree with the result's
  /// changes. What keeps the round as a whole from running, a full disk say, is a problem of the kind
  /// `unreadable` in the result, with a tick at which to try again.
  public func run(_ request: RoundRequest) -> RoundResult {
    guard let policy = policies[request.policy] else {
      workshop?.forgetInterest()
      return UnreadableRound.result(
        of: request, place: nil, message: "the policy \(request.policy) is not installed here; apply it again")
    }
    do throws(RoundFailure) {
      let workshop: Workshop
      do throws(SystemError) { workshop = try openWorkshop(request.tree, request.memory) } catch {
        throw .file(error)
      }
      defer { publish(workshop) }
      return try run(request, policy, in: workshop)
    } catch {
      if case .file = error { workshop = nil }
      workshop?.forgetInterest()
      return UnreadableRound.result(of: request, error)
    }
  }

  /// What a round with `bundle` would give: the same as ``run(_:)``, in a private copy of ROOT that is removed
  /// afterwards. The request's own policy does not matter.
  public func trial(_ bundle: Bundle, _ request: RoundRequest) throws(WrapperError) -> RoundResult {
    do throws(SystemError) {
      let state = try Directory.create(path: settings.stateFolder)
      // One that a crash left behind.
      try PolicyInstallation.remove("trial", from: state)
      let folder = try state.makeFolders("trial")
      defer { try? PolicyInstallation.remove("trial", from: state) }
      let policy = try MakePolicy.install(bundle, in: folder)
      let apart = try Workshop(
        root: folder.path + "/root", scratch: folder.path + "/scratch", tree: request.tree,
        memory: request.memory)
      let request = request.with(policy: bundle.digest)
      do throws(RoundFailure) { return try run(request, policy, in: apart) } catch {
        return UnreadableRound.result(of: request, error)
      }
    } catch { throw .file(error) }
  }

  private func run(
    _ request: RoundRequest, _ policy: MakePolicy, in workshop: Workshop
  ) throws(RoundFailure) -> RoundResult {
    do throws(SystemError) { try workshop.follow(request) } catch { throw .file(error) }
    let execution = RoundExecution(
      request: request, policy: policy, workshop: workshop, settings: settings, validate: validate)
    return try execution.run()
  }

  func distort(_ distortion: (@Sendable (RuleGraph) -> RuleGraph)?) { self.distortion = distortion }

  private func openWorkshop(_ tree: Tree, _ memory: WrapperMemory) throws(SystemError) -> Workshop {
    if let workshop, workshop.isAsLeft(by: memory) { return workshop }
    let opened = try Workshop(
      root: settings.root, scratch: settings.stateFolder + "/scratch", tree: tree, memory: memory)
    opened.distortion = distortion
    workshop = opened
    return opened
  }
}

extension RoundRequest {
  /// The same request for another policy.
  func with(policy: Digest) -> RoundRequest {
    RoundRequest(
      index: index, tick: tick, policy: policy, members: members, changed: changed, tree: tree, events: events,
      memory: memory, lifted: lifted, leftover: leftover)
  }
}
