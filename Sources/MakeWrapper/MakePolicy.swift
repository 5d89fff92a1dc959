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

  static let translationFolder = "translations"

  /// Installs the bundle and its translation below the state folder.
  static func install(_ bundle: Bundle, in stateFolder: Directory) throws(SystemError) -> MakePolicy {
    let installation = try PolicyInstallation.install(bundle, in: stateFolder)
    let translation = Translator.translate(bundle: bundle)
    if translation.isTransparent {
      return MakePolicy(installation: installation, translation: translation, makefiles: installation.path)
    }
    let name = "\(translationFolder)/\(bundle.digest.hex)"
    let folder = try stateFolder.makeFolders(name)
    for file in translation.files {
      let parent = file.path.split(separator: "/").dropLast().joined(separator: "/")
      if !parent.isEmpty { try folder.makeFolders(parent) }
      try folder.write(file.path, file.bytes, mode: 0o444)
    }
    return MakePolicy(
      installation: installation, translation: translation, makefiles: "\(stateFolder.path)/\(name)")
  }

  /// What makes make read the policy, between the wrapper's own makefiles.
  var arguments: [String] {
    [
      "-r", "-R", "-k", "--no-print-directory", "-I", makefiles, "-I", installation.path,
      "-f", HiddenFiles.membership, "-f", "\(makefiles)/\(Bundle.policyFile)", "-f", HiddenFiles.appendix,
    ]
  }

  /// Whether make's functions may look at any file while the policy is read, so that every change counts.
  var readsEverything: Bool {
    let functions = ["shell", "wildcard", "file <", "foreach", "eval"]
    return translation.files.contains { file in
      let text = String(decoding: file.bytes, as: UTF8.self)
      return functions.prefix(3).contains { text.contains("$(\($0)") || text.contains("${\($0)") }
    }
  }

  /// The place of make's message in the bundle.
  func place(_ file: String, _ line: Int) -> SourcePlace {
    for folder in [makefiles, installation.path] where file.hasPrefix(folder + "/") {
      return SourcePlace(file: String(file.dropFirst(folder.count + 1)), line: line)
    }
    return SourcePlace(file: file, line: line)
  }

  /// A digest of the bundle's programs, if the recipe names one: another program is another rule. Which files a
  /// program uses itself cannot be seen, so all of them count.
  func programs(in recipe: String) -> Digest? {
    let programs = installation.bundle.files.filter { file in
      translation[file.path.text] == nil && !file.path.text.hasPrefix(Template.folder + "/")
    }
    let isNamed =
      recipe.contains("DMAKE_BUNDLE")
      || programs.contains { $0.path.components.last.map { recipe.contains($0) } ?? false }
    guard isNamed, !programs.isEmpty else { return nil }
    return Digest(of: programs.flatMap { Array($0.path.text.utf8) + $0.content.digest.bytes })
  }
}
