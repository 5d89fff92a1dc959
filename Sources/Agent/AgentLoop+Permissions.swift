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
      inputs.append(.init(.permissionsChanged))
    } catch {
      logger.error("what is permitted stays as it was", metadata: ["reason": "\(error)"])
    }
  }
}
