import DMakefile
import Glibc
import Linux
import Model

/// A bundle on disk, read-only, where recipes find it as `$(DMAKE_BUNDLE)`: outside ROOT, named by its digest. Its
/// makefiles are there as make reads them.
struct PolicyInstallation: Equatable, Sendable {
  static let folderName = "policies"

  let bundle: Bundle
  private let translation: Translation
  /// Absolute: the value of `DMAKE_BUNDLE`.
  let path: String

  /// Writes the bundle below the state folder, unless it is there as it must be.
  ///
  /// The folder gets its final name last, so that a crash never leaves half a bundle under it.
  static func install(
    _ bundle: Bundle, _ translation: Translation, in stateFolder: Directory
  ) throws(SystemError) -> PolicyInstallation {
    let name = "\(folderName)/\(bundle.digest.hex)"
    let installation = PolicyInstallation(
      bundle: bundle, translation: translation, path: "\(stateFolder.path)/\(name)")
    try stateFolder.makeFolders(folderName)
    if try installation.isIntact(in: stateFolder, name) { return installation }
    try remove(name, from: stateFolder)
    let temporary = "\(folderName)/\(Directory.temporaryPrefix)\(bundle.digest.hex)"
    try remove(temporary, from: stateFolder)
    let folder = try stateFolder.makeFolders(temporary)
    for file in bundle.files {
      let parent = file.path.components.dropLast().joined(separator: "/")
      if !parent.isEmpty { try folder.makeFolders(parent) }
      try folder.write(file.path.text, installation.bytes(of: file), mode: file.isExecutable ? 0o555 : 0o444)
    }
    // Recipes are not to leave anything beside the programs.
    try setFolderModes(of: folder, 0o555)
    let target = "\(stateFolder.path)/\(name)"
    guard rename("\(stateFolder.path)/\(temporary)", target) == 0 else {
      throw SystemError(errno, "put the policy into place at", target)
    }
    return installation
  }

  /// Removes a folder with bundles in it, whose folders are read-only.
  static func remove(_ name: String, from folder: Directory) throws(SystemError) {
    guard try folder.status(name)?.kind == .folder else { return }
    try setFolderModes(of: folder.subdirectory(name), 0o755)
    try folder.removeTree(name)
  }

  private static func setFolderModes(of folder: Directory, _ mode: mode_t) throws(SystemError) {
    // A folder must be open before what is in it can be, and closed after it.
    let isOpening = mode & 0o200 != 0
    if isOpening { try setMode(of: folder.path, mode) }
    for entry in try folder.list() where entry.kind == .folder {
      try setFolderModes(of: folder.subdirectory(entry.name), mode)
    }
    if !isOpening { try setMode(of: folder.path, mode) }
  }

  private static func setMode(of path: String, _ mode: mode_t) throws(SystemError) {
    guard chmod(path, mode) == 0 else { throw SystemError(errno, "set the mode of", path) }
  }

  /// A translation is longer than its source.
  private static let sizeLimitBytes = 2 * Bundle.sizeLimitBytes

  private func bytes(of file: Bundle.File) -> [UInt8] {
    translation[file.path.text]?.bytes ?? file.content.bytes
  }

  /// Whether every file is there with its content; a bundle is small, and this happens once a start.
  private func isIntact(in stateFolder: Directory, _ name: String) throws(SystemError) -> Bool {
    guard try stateFolder.status(name)?.kind == .folder else { return false }
    for file in bundle.files {
      let path = "\(name)/\(file.path)"
      guard let status = try stateFolder.status(path), status.kind == .regular,
        status.mode == (file.isExecutable ? 0o555 : 0o444),
        try stateFolder.readIfPresent(path, limitBytes: Self.sizeLimitBytes) == bytes(of: file)
      else { return false }
    }
    return true
  }
}
