import Model

/// What recipes find in their environment, as a makefile must say it when all variables have their last values. make
/// has told it by running a recipe that prints its own.
struct Exports: Equatable, Sendable {
  let directives: [String]
  /// The exported variables of the policy.
  let names: [String]
  /// `export` alone, or `.EXPORT_ALL_VARIABLES`: also variables that only some targets have.
  let isEverything: Bool

  /// Of make's own making, or about the run and not the rules.
  static func isOfMake(_ name: String) -> Bool { ofMake.contains(name) }

  private static let ofMake: SortedSet<String> = [
    "CURDIR", "MAKEFLAGS", "MAKEFILE_LIST", "MAKECMDGOALS", ".DEFAULT_GOAL", "GNUMAKEFLAGS", "MFLAGS",
    "MAKELEVEL", ".EXTRA_PREREQS",
  ]

  init(_ database: Database) {
    let own = ["DMAKE_TARGET", "DMAKE_ASSIGN"]
    guard let environment = database.environment else {
      (directives, names, isEverything) = (["export \(own.joined(separator: " "))"], own, false)
      return
    }
    let variables = database.variables.filter { name, variable in
      (variable.isOfPolicy || variable.origin == .environment) && !Self.isOfMake(name)
    }
    // A variable that nobody has a reason to export.
    let isEverything = environment.contains("DMAKE_NEWLINE")
    let names = variables.filter { name, variable in variable.isOfPolicy && environment.contains(name) }.keys
    // What is not there by itself need not be taken away.
    let missing = variables.keys.filter { name in
      !environment.contains(name) && (isEverything || Database.givenEnvironment.contains(name))
    }
    var directives = isEverything ? ["export"] : []
    if !names.isEmpty { directives.append("export " + names.joined(separator: " ")) }
    if !missing.isEmpty { directives.append("unexport " + missing.joined(separator: " ")) }
    (self.directives, self.names, self.isEverything) = (directives, names, isEverything)
  }
}
