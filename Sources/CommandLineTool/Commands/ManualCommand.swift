import ArgumentParser

/// Prints a manual page that is made from the command definitions: `make man` uses it.
struct ManualCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "manual", abstract: "Print the manual page of a command.", shouldDisplay: false)

  @Argument(help: "The page, as dmake or dmake-apply.")
  var page: String

  func execute(_ context: ToolContext) async throws(CommandFailure) -> ExitStatus {
    guard let page = try ManualPage.all().first(where: { $0.name == page }) else {
      throw CommandFailure(.usage, "there is no manual page `\(page.visible)`")
    }
    try context.console.write(page.text)
    return .done
  }
}
