import DMakefile
import Linux
import Model

/// An installed policy with what make is given of it.
struct MakePolicy {
  let installation: PolicyInstallation
  let translation: Translation
  /// Where the translated makefiles are: the bundle itself if there was nothing to translate, so that make gets the
  /// author's text byte for byte.
  let makefiles: String
  /// Files of the tree that are included as makefiles, where they are.
  private(set) var includedPaths: [TreePath] = []
  /// Whether the contents of any file may change the rules.
  private(set) var readsContents = false
  /// Whether any file's coming or change may change the rules, so that all are of interest.
  private(set) var readsEverything = false

  /// Whether make itself may start programs or write files where it expands the text of recipes.
  private(set) var runsFunctions = false

  /// The last components of the names of the bundle's files beside the makefiles.
  let otherNames: [String]
  /// What all of these hold. A rule that may use one of them is another rule when this changes: which files a program of
  /// the bundle uses itself cannot be seen.
  let otherFilesDigest: Digest?

  static let translationFolder = "translations"

  private init(_ installation: PolicyInstallation, _ translation: Translation, makefiles: String) {
    self.installation = installation
    self.translation = translation
    self.makefiles = makefiles
    let others = installation.bundle.files.filter { translation[$0.path.text] == nil }
    otherNames = SortedSet(others.compactMap { $0.path.components.last.map(String.init) }).elements
    otherFilesDigest = others.isEmpty ? nil : Bundle(files: others).digest
    readsContents = reads(with: ["shell ", "file <", "file  "])
    let includes = foreignIncludes
    includedPaths = includes.compactMap { try? TreePath(String($0)) }
    if includes.contains(where: { $0.contains("$") || $0.contains("*") }) { readsContents = true }
    readsEverything = readsContents || reads(with: ["wildcard "])
    runsFunctions = readsContents || !includes.isEmpty || mentions(["shell", "file", "eval", "guile"])
  }

  /// Installs the bundle and its translation below the state folder.
  static func install(
    _ bundle: Bundle, in stateFolder: Directory, translation: Translation? = nil
  ) throws(SystemError) -> MakePolicy {
    let installation = try PolicyInstallation.install(bundle, in: stateFolder)
    let translation = translation ?? Translator.translate(bundle: bundle)
    if translation.isTransparent {
      return MakePolicy(installation, translation, makefiles: installation.path)
    }
    let name = "\(translationFolder)/\(bundle.digest.hex)"
    let folder = try stateFolder.makeFolders(name)
    for file in translation.files {
      let parent = file.path.split(separator: "/").dropLast().joined(separator: "/")
      if !parent.isEmpty { try folder.makeFolders(parent) }
      try folder.write(file.path, file.bytes, mode: 0o444)
    }
    return MakePolicy(installation, translation, makefiles: "\(stateFolder.path)/\(name)")
  }

  /// What makes make read the policy, between the wrapper's own makefiles.
  var arguments: [String] {
    [
      "-r", "-R", "-k", "--no-print-directory", "-I", makefiles, "-I", installation.path,
      "-f", HiddenFiles.membership, "-f", "\(makefiles)/\(Bundle.policyFile)", "-f", HiddenFiles.appendix,
    ]
  }

  /// The makefiles that are included and are not the bundle's, as the author names them.
  private var foreignIncludes: [Substring] {
    translation.files.flatMap { file -> [Substring] in
      guard let text = installation.bundle[file.path]?.content.text, text.contains("include") else { return [] }
      return text.split(separator: "\n").flatMap { line -> [Substring] in
        let words = line.split(whereSeparator: \.isWhitespace)
        guard let first = words.first, ["include", "-include", "sinclude"].contains(first) else { return [] }
        return words.dropFirst().filter { translation[String($0)] == nil && !$0.hasPrefix("$(DMAKE_BUNDLE)/") }
      }
    }
  }

  /// Whether the author's text has one of make's functions where make expands it while it reads: outside of
  /// recipes, which are expanded when they run.
  private func reads(with functions: [String]) -> Bool {
    let calls = functions.flatMap { ["$(\($0)", "${\($0)"] }
    return translation.files.contains { file in
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

  /// Where make finds the bundle's files: the translated ones and the others.
  var folders: [String] { [makefiles, installation.path] }

  /// The place of make's message in the bundle.
  func place(_ file: String, _ line: Int) -> SourcePlace {
    for folder in folders where file.hasPrefix(folder + "/") {
      return SourcePlace(file: String(file.dropFirst(folder.count + 1)), line: line)
    }
    return SourcePlace(file: file, line: line)
  }

}
