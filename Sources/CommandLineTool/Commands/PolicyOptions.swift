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
    do { return try BundleReader.read(path) } catch { throw Self.failure(error) }
  }

  /// Reads what can be checked, and answers why the policy could not be applied as it is.
  func readToCheck() throws(CommandFailure) -> (bundle: Bundle, refused: CommandFailure?) {
    do {
      let (bundle, refused) = try BundleReader.readWhatMayBe(path)
      return (bundle, refused.map(Self.failure))
    } catch { throw Self.failure(error) }
  }

  private static func failure(_ error: BundleError) -> CommandFailure {
    CommandFailure(.badInput, "\(error)".visibleLines)
  }

  /// Where a file of the bundle is for whoever reads a report: a URI, relative where the path is.
  func uri(of file: String) -> String {
    var path = path
    let isFolder = (try? Directory(path: path)) != nil
    if isFolder {
      path = path == "." ? file : path + (path.hasSuffix("/") ? "" : "/") + file
    } else if file != Bundle.policyFile {
      // The policy itself was named; the others are beside it.
      path = (path.lastIndex(of: "/").map { String(path[...$0]) } ?? "") + file
    }
    while path.hasPrefix("./") { path.removeFirst(2) }
    return (path.hasPrefix("/") ? "file://" : "") + Self.encoded(path)
  }

  /// Percent-encoded (RFC 3986), the colon too: in a relative reference it would end a scheme.
  private static func encoded(_ path: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    let plain = Array("-._~/+@,=".utf8)
    let bytes = path.utf8.flatMap { byte -> [UInt8] in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): [byte]
      case UInt8(ascii: "0")...UInt8(ascii: "9"): [byte]
      default:
        plain.contains(byte) ? [byte] : [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
