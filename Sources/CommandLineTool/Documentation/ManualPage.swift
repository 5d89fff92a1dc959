/// A manual page in mdoc(7), made from a command's definition.
struct ManualPage: Equatable {
  /// `dmake` or `dmake-apply`.
  let name: String
  let text: String

  /// One for the tool and one for each subcommand that its help shows.
  static func all() throws(CommandFailure) -> [ManualPage] {
    let tool = try CommandDescription.tool()
    let commands = (tool.subcommands ?? []).filter { $0.shouldDisplay && $0.commandName != "help" }
    let names = commands.map { "dmake-\($0.commandName)" }
    return [ManualPage(tool, name: "dmake", others: names, subcommands: commands)]
      + commands.map { command in
        let name = "dmake-\(command.commandName)"
        return ManualPage(command, name: name, others: ["dmake"] + names.filter { $0 != name }, subcommands: [])
      }
  }

  private init(
    _ command: CommandDescription, name: String, others: [String], subcommands: [CommandDescription]
  ) {
    self.name = name
    let discussion = Discussion(command.discussion ?? "")
    let arguments = (command.arguments ?? []).filter {
      // A subcommand takes --version too, but it is the tool's.
      $0.shouldDisplay && (name == "dmake" || $0.names?.contains { $0.name == "version" } != true)
    }
    var page = MdocText()
    page.title(name, abstract: command.abstract ?? "")
    page.synopsis(of: command, arguments: arguments, hasSubcommands: !subcommands.isEmpty)
    page.description(discussion, arguments: arguments)
    if !subcommands.isEmpty { page.commands(subcommands) }
    page.environment()
    page.files()
    page.exitStatus()
    page.examples(discussion)
    page.seeAlso(others)
    text = page.text
  }
}

/// A command's discussion, by its parts: paragraphs, examples, and the exit codes, which the page lists in full.
struct Discussion {
  private(set) var paragraphs: [String] = []
  private(set) var examples: [String] = []

  init(_ text: String) {
    for paragraph in text.split(separator: "\n\n").map(String.init) {
      if paragraph.hasPrefix("Examples:\n") {
        examples = paragraph.split(separator: "\n").dropFirst().map { line in
          String(line.hasPrefix("  ") ? line.dropFirst(2) : line)
        }
      } else if !paragraph.hasPrefix("Exit codes:") {
        paragraphs.append(paragraph)
      }
    }
  }
}
