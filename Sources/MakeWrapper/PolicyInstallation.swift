import Glibc
import Linux
import Model

/// A bundle on disk, read-only, where recipes find it as `$(DMAKE_BUNDLE)`: outside ROOT, named by its digest.
struct PolicyInstallation: Equatable, Sendable {
  static let folderName = "policies"

  let bundle: Bundle
  /// Absolute: the value of `DMAKE_BUNDLE`.
  let path: String

  /// Writes the bundle below the state folder, unless it is there as it must be.
  ///
  /// The folder gets its final name last, so that a crash never leaves half a bundle under it.
  static func install(_ bundle: Bundle, in stateFolder: Directory) throws(SystemError) -> PolicyInstallation {
    let name = "\(folderName)/\(bundle.digest.hex)"
    let installation = PolicyInstallation(bundle: bundle, path: "\(stateFolder.path)/\(name)")
    try stateFolder.makeFolders(folderName)
    if try installation.isIntact(in: stateFolder, name) { return installation }
    try stateFolder.removeTree(name)
    let temporary = "\(folderName)/\(Directory.temporaryPrefix)\(bundle.digest.hex)"
    try stateFolder.removeTree(temporary)
    let folder = try stateFolder.makeFolders(temporary)
    for file in bundle.files {
      let parent = file.path.components.dropLast().joined(separator: "/")
      if !parent.isEmpty { try folder.makeFolders(parent) }
      try folder.write(file.path.text, file.content.bytes, mode: file.isExecutable ? 0o555 : 0o444)
    }
    let target = "\(stateFolder.path)/\(name)"
    guard rename("\(stateFolder.path)/\(temporary)", target) == 0 else {
      throw SystemError(errno, "put the policy into place at", target)
    }
    return installation
  }

  /// Whether every file is there with its content; a bundle is small, and this happens once a start.
  private func isIntact(in stateFolder: Directory, _ name: String) throws(SystemError) -> Bool {
    guard try stateFolder.status(name)?.kind == .folder else { return false }
    for file in bundle.files {
      let path = "\(name)/\(file.path)"
      guard let status = try stateFolder.status(path), status.kind == .regular,
        status.mode == (file.isExecutable ? 0o555 : 0o444),
        try stateFolder.readIfPresent(path, limitBytes: Bundle.sizeLimitBytes) == file.content.bytes
      else { return false }
    }
    return true
  }
}
