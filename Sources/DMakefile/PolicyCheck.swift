import Model

/// What `apply` and `lint` find in a bundle before make is asked.
public enum PolicyCheck {
  /// A DMakefile is read by people; data belongs into files of its own.
  public static let policyLimitBytes = 1 << 20

  /// The findings of the bundle's makefiles, sorted. With an error among those about files, their text is not
  /// looked at.
  public static func diagnostics(of bundle: Bundle) -> [Diagnostic] {
    guard let policy = bundle.policy else {
      return [
        Diagnostic(
          .missingPolicy, file: Bundle.policyFile, line: 0, message: "the bundle has no `\(Bundle.policyFile)`",
          hint: "name a folder with a file `\(Bundle.policyFile)`")
      ]
    }
    let findings = file(Bundle.policyFile, policy.bytes)
    if findings.hasErrors { return findings }
    let translation = Translator.translate(bundle: bundle)
    let included = translation.files.dropFirst().flatMap { included in
      bundle[included.path].map { file(included.path, $0.content.bytes) } ?? []
    }
    let sources = translation.files.compactMap { bundle[$0.path] }
      .map { SourceText(file: $0.path.text, bytes: $0.content.bytes) }
    let names = sources.flatMap { BundleNames($0, bundle).findings } + OwnVariables(sources).findings
    return (findings + included + names + translation.diagnostics).sorted()
  }

  private static func file(_ name: String, _ bytes: [UInt8]) -> [Diagnostic] {
    if bytes.count > policyLimitBytes {
      return [
        Diagnostic(
          .tooLarge, file: name, line: 0,
          message: "the file has \(bytes.count) bytes; at most \(policyLimitBytes) are allowed",
          hint: "put data into files beside it, which rules read")
      ]
    }
    let source = SourceText(file: name, bytes: bytes)
    if let index = bytes.firstIndex(of: 0) {
      let position = source.position(of: index)
      return [
        Diagnostic(
          .nulByte, file: name, line: position.line, column: position.column, message: "there is a NUL byte",
          note: "make would read the line only up to it", hint: "is this the text of a DMakefile?")
      ]
    }
    if let index = firstInvalid(bytes) {
      let position = source.position(of: index)
      return [
        Diagnostic(
          .notUTF8, file: name, line: position.line, column: position.column, message: "the text is not UTF-8",
          hint: "convert it, as with `iconv -t UTF-8`")
      ]
    }
    if name == Bundle.policyFile,
      !Scanner.scan(source).contains(where: { $0.kind != .blank && $0.kind != .comment })
    {
      return [
        Diagnostic(
          .emptyPolicy, file: name, line: 0, message: "the policy is empty",
          note: "to activate it would remove all configurations",
          hint: "write at least one rule; to stop processes, write a rule that says so")
      ]
    }
    return []
  }

  /// The first byte that is not UTF-8.
  private static func firstInvalid(_ bytes: [UInt8]) -> Int? {
    var decoder = UTF8()
    var iterator = bytes.makeIterator()
    var valid = 0
    while true {
      switch decoder.decode(&iterator) {
      case .scalarValue(let scalar): valid += UTF8.width(scalar)
      case .emptyInput: return nil
      case .error: return valid
      }
    }
  }
}
