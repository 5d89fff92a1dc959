import DMakefile
import Model

/// What recipes find in their environment, which make does not tell: it is asked to run a recipe that prints its own.
enum RecipeEnvironment {
  private static let mark = "DMAKE_ENVIRONMENT"

  /// A makefile with that recipe. A `+` makes it run although make only answers questions, and the policy's shell has
  /// no part in it.
  static let makefile = """
    \(HiddenSpace.environment): private override SHELL := /bin/sh
    \(HiddenSpace.environment): private override .SHELLFLAGS := -c
    \(HiddenSpace.environment): private .EXTRA_PREREQS :=
    \(HiddenSpace.environment): ; +@$(info \(mark))/usr/bin/env -0

    """

  /// What make said, without the environment; and the names in it, if it is there.
  static func split(_ output: String) -> (messages: String, names: SortedSet<String>?) {
    let start = "\(mark)\n"
    guard let head = output.firstRange(of: start), let end = output.utf8.lastIndex(of: 0),
      head.upperBound <= end
    else { return (output, nil) }
    let entries = output[head.upperBound..<end].split(separator: "\0")
    let names = entries.compactMap { entry in entry.firstIndex(of: "=").map { String(entry[..<$0]) } }
    let rest = output[output.utf8.index(after: end)...]
    return (String(output[..<head.lowerBound] + rest), SortedSet(names))
  }
}
