import GroupProtocol
import Keeper
import Model
import Processes
import Supervision

extension AgentLoop {
  /// An administrator sees whether the list is in force.
  func tellPermissions() {
    guard let list = preparation.allowList else { return }
    logger.info(
      "only what an allow-list permits is started",
      metadata: ["file": "\(list.file)", "permissions": "\(list.count)"])
  }

  /// A list that makes no sense, or that others could have written, leaves the one before it in force: a mistake in it
  /// neither permits anything nor stops what runs.
  func readPermissions() {
    guard let file = settings.allowList else { return }
    do throws(AgentError) {
      let before = preparation.allowList
      preparation.allowList = try file.read()
      if before != nil, preparation.allowList == nil {
        logger.warning(
          "there is no allow-list any more: everything is permitted", metadata: ["file": "\(file.path)"])
      }
      tellPermissions()
      tellPlan()
      inputs.append(.init(.permissionsChanged))
    } catch {
      logger.error("what is permitted stays as it was", metadata: ["reason": "\(error)"])
    }
  }

  /// Tells the keeper what to do at the fence, and the core what of it cannot be done: a command that is not permitted
  /// is none, and no other goes with it.
  func tellPlan() {
    var plan = isolation.plan
    var problems = IsolationProblems()
    if let executable = plan.command.first {
      do throws(StartFailure) {
        plan.command[0] = try preparation.permitted(executable)
      } catch {
        problems.command = "the command for isolation will not be run: \(error)"
        logger.error("the command for isolation will not be run", metadata: ["reason": "\(error)"])
        plan.command = []
      }
    }
    let starts = plan.processCommands.compactMap { entry -> ProcessStart? in
      do throws(StartFailure) {
        return try preparation.look(entry.command, at: entry.launch, number: 0, node: core.node)
      } catch {
        problems.processes[entry.launch.name] = "its command for isolation will not be run: \(error)"
        logger.error(
          "the command of a process for isolation will not be run",
          metadata: ["process": "\(entry.launch.name)", "reason": "\(error)"])
        return nil
      }
    }
    keeper.plan(plan, running: starts)
    inputs.append(.init(.isolationProblems(problems)))
  }

  /// Recipes of local rules run with the agent's rights, whatever they execute: so an allow-list permits them all, by
  /// permitting make, or none.
  func runLocal(_ request: RoundRequest) {
    do throws(StartFailure) {
      _ = try preparation.permitted(settings.make)
      localRules.run(request)
    } catch {
      inputs.append(.init(.localRound(LocalRuleWorker.refusal(of: request, "\(error)"))))
    }
  }
}
