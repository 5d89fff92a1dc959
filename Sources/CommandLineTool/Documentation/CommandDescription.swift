import ArgumentParser
import FoundationEssentials

/// What argument-parser knows about a command, from its `--experimental-dump-help`.
struct CommandDescription: Decodable {
  struct Dump: Decodable { let command: CommandDescription }

  struct Argument: Decodable {
    enum Kind: String, Decodable { case positional, option, flag }

    struct Name: Decodable {
      enum Kind: String, Decodable { case long, short, longWithSingleDash }
      let kind: Kind
      let name: String

      var dashes: String { kind == .long ? "--" : "-" }
    }

    let kind: Kind
    let shouldDisplay: Bool
    let isOptional: Bool
    let sectionTitle: String?
    let names: [Name]?
    let valueName: String?
    let defaultValue: String?
    let allValues: [String]?
    let abstract: String?
    let discussion: String?
  }

  let commandName: String
  let shouldDisplay: Bool
  let abstract: String?
  let discussion: String?
  let subcommands: [CommandDescription]?
  let arguments: [Argument]?

  /// The whole tool.
  static func tool() throws(CommandFailure) -> CommandDescription {
    do {
      return try JSONDecoder().decode(Dump.self, from: Data(DMakeCommand._dumpHelp().utf8)).command
    } catch {
      throw CommandFailure(.unavailable, "the command definitions cannot be read: \(error)")
    }
  }
}
