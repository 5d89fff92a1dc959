import ArgumentParser
import Linux
import MakeWrapper
import Model

/// Which policy a command is about, with make's own options.
struct PolicyOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "A folder with a DMakefile, or the DMakefile; without it, the current folder.", valueName: "policy"),
    completion: .directory)
  var path: String?

  @Option(
    name: .customShort("f"),
    help: ArgumentHelp("The DMakefile; the files beside it belong to the policy.", valueName: "file"),
    completion: .file())
  var file: String?

  @Option(
    name: .customShort("C"), help: ArgumentHelp("The folder with the DMakefile.", valueName: "dir"),
    completion: .directory)
  var folder: String?

  func validate() throws {
    if [path, file, folder].count(where: { $0 != nil }) > 1 {
      throw ValidationError("the policy is named more than once; expected one of POLICY, -f FILE and -C DIR")
    }
  }

  var isDefault: Bool { path == nil && file == nil && folder == nil }
  var source: PolicySource { PolicySource(path: path ?? file ?? folder ?? ".") }
}

/// A policy on the disk of whoever runs the command.
struct PolicySource: Equatable, Sendable {
  let path: String

  func read() throws(CommandFailure) -> Bundle {
    do { return try BundleReader.read(path) } catch {
      throw CommandFailure(.badInput, "\(error)".visibleLines)
    }
  }
}
