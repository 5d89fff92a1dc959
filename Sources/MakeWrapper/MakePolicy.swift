import DMakefile
import Linux
import Model

/// An installed policy with what make is given of it.
struct MakePolicy {
  let installation: PolicyInstallation
  let translation: Translation
  /// Files of the tree that are included as makefiles, where they are.
  private(set) var includedPaths: [TreePath] = []
  /// Whether the contents of any file may change the rules.
  private(set) var readsContents = false
  /// Whether any file's coming or change may change the rules, so that all are of interest.
  private(set) var readsEverything = false

  /// Whether make itself may start programs or write files where it expands the text of recipes.
  private(set) var runsFunctions = false

  /// Whether programs may set values by way of `$DMAKE_ASSIGN`.
  let assignsByPrograms: Bool

  /// The names of the files beside the makefiles that are found through PATH. Those in folders are found by
  /// DMAKE_BUNDLE alone.
  let otherNames: [String]
  /// What all of these hold. A rule that may use one of them is another rule when this changes: which files a program
  /// of the bundle uses itself cannot be seen.
  let otherFilesDigest: Digest?

  private init(_ installation: PolicyInstallation, _ translation: Translation) {
    self.installation = installation
    self.translation = translation
    let others = installation.bundle.files.filter { translation[$0.path.text] == nil }
    assignsByPrograms = installation.bundle.files.contains { $0.content.bytes.contains(text: "DMAKE_ASSIGN") }
    otherNames = others.map(\.path.text).filter { !$0.contains("/") }
    otherFilesDigest = others.isEmpty ? nil : Bundle(files: others).digest
    readsContents = reads(with: ["shell ", "file <", "file  "].flatMap { ["$(\($0)", "${\($0)"] } + ["!="])
    let includes = foreignIncludes
    includedPaths = includes.compactMap { try? TreePath(String($0)) }
    if includes.contains(where: { $0.contains("$") || $0.contains("*") }) { readsContents = true }
    readsEverything = readsContents || reads(with: ["$(wildcard ", "${wildcard "])
    runsFunctions = readsContents || !includes.isEmpty || mentions(["shell", "file", "eval", "guile"])
  }

  /// Installs the bundle and its translation below the state folder.
  static func install(
    _ bundle: Bundle, in stateFolder: Directory, translation: Translation? = nil
  ) throws(SystemError) -> MakePolicy {
    let translation = translation ?? Translator.translate(bundle: bundle)
    return MakePolicy(try PolicyInstallation.install(bundle, translation, in: stateFolder), translation)
  }

  /// What makes make read the policy, between the wrapper's own makefiles.
  var arguments: [String] {
    [
      "-r", "-R", "-k", "--no-print-directory", "-I", installation.path,
      "-f", HiddenFiles.membership, "-f", "\(installation.path)/\(Bundle.policyFile)", "-f",
      HiddenFiles.appendix,
    ]
  }

  /// The makefiles that are included and are not the bundle's, as the author names them.
  private var foreignIncludes: [String] {
    let mayInclude = translation.files.contains { file in
      installation.bundle[file.path]?.content.text.contains("include") ?? false
    }
    guard mayInclude else { return [] }
    return Makefiles(installation.bundle).included.filter { name in
      translation[name] == nil && !name.hasPrefix("$(DMAKE_BUNDLE)/")
    }
  }

  /// Whether the author's text has one of these where make expands it while it reads: outside of recipes, which are
  /// expanded when they run.
  private func reads(with calls: [String]) -> Bool {
    translation.files.contains { file in
      // Few texts have any, and only these are looked at line by line.
      guard let text = installation.bundle[file.path]?.content.text, calls.contains(where: text.contains)
      else { return false }
      return text.split(separator: "\n").contains { line in
        !line.hasPrefix("\t") && calls.contains(where: line.contains)
      }
    }
  }

  private func mentions(_ words: [String]) -> Bool {
    translation.files.contains { file in
      guard let text = installation.bundle[file.path]?.content.text else { return true }
      return words.contains(where: text.contains)
    }
  }

  /// The place of make's message in the bundle.
  func place(_ file: String, _ line: Int) -> SourcePlace {
    let folder = installation.path + "/"
    return SourcePlace(
      file: file.hasPrefix(folder) ? String(Substring(file.utf8.dropFirst(folder.utf8.count))) : file,
      line: line)
  }

}
