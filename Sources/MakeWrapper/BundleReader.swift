import Linux
public import Model

/// Why a folder is no policy bundle. The description is a sentence for who keeps the policy.
public enum BundleError: Error, Equatable, Sendable, CustomStringConvertible {
  case unreadable(SystemError)
  /// The folder has no file that could be the policy.
  case noPolicy(folder: String)
  /// A name that cannot travel.
  case badName(path: String, NameError)
  /// A link, FIFO, socket or device.
  case badKind(path: String, FileKind)
  case tooLarge(path: String, limitBytes: Int)
  case tooMany(folder: String, limit: Int)
  /// Several files that no bundle may have.
  case several([BundleError])

  public var description: String {
    switch self {
    case .unreadable(let error): "\(error)"
    case .noPolicy(let folder):
      "the folder `\(folder)` has no file named `\(Bundle.policyFile)`; name the folder that has it, or the file itself"
    case .badName(let path, let error): "the file `\(path)` cannot be part of a bundle: \(error)"
    case .badKind(let path, let kind):
      "`\(path)` is a \(kind.rawValue); a bundle has regular files only, so put a copy there, or a name with a leading dot before what does not belong to the policy"
    case .tooLarge(let path, let limitBytes):
      "with `\(path)` the bundle has more than \(limitBytes) bytes; bundles travel through the log, so keep large files on the machines that need them"
    case .tooMany(let folder, let limit):
      "the folder `\(folder)` has more than \(limit) files; keep the policy in a folder of its own"
    case .several(let errors):
      errors.prefix(Self.shownLimit).map(\.description).joined(separator: "\n")
        + (errors.count > Self.shownLimit
          ? "\nand \(errors.count - Self.shownLimit) more files like these" : "")
    }
  }

  private static let shownLimit = 10
}

/// Reads a policy bundle from disk: the DMakefile with the programs and templates beside it, below it too.
///
/// Only regular files are taken, with the owner's permission to execute them. Names with a leading dot (`.git`), and
/// what editors leave behind (`*~`, `#*#`), are passed over. No symbolic link is followed, so a bundle never holds
/// what stands outside of its folder.
public struct BundleReader: Sendable {
  public static let fileLimit = 4096

  private let directory: Directory
  /// The policy's own file, which in the bundle is always named ``Bundle/policyFile``.
  private let policy: String
  private var files: [Bundle.File] = []
  private var sizeBytes = 0
  private var refused: [BundleError] = []

  /// - Parameter path: a folder that has a `DMakefile`, or the policy's file itself, under any name.
  public static func read(_ path: String) throws(BundleError) -> Bundle {
    let (bundle, refused) = try readWhatMayBe(path)
    if let error = refused { throw error }
    return bundle
  }

  /// Reads what a bundle may have, for checks alone, and answers why it is not all.
  public static func readWhatMayBe(
    _ path: String
  ) throws(BundleError) -> (bundle: Bundle, refused: BundleError?) {
    var (folder, policy) = (path, Bundle.policyFile)
    if let status = try fileStatus(path), status.kind != .folder {
      let components = path.split(separator: "/", omittingEmptySubsequences: false)
      policy = String(components.last ?? "")
      folder = components.count == 1 ? "." : components.dropLast().joined(separator: "/")
      if folder.isEmpty { folder = "/" }
    }
    var reader = BundleReader(
      directory: try unreadable { () throws(SystemError) in try Directory(path: folder) }, policy: policy)
    try reader.collect(reader.directory, below: "")
    guard reader.files.contains(where: { $0.path.text == Bundle.policyFile }) else {
      throw reader.refused.first ?? .noPolicy(folder: folder)
    }
    let refused = reader.refused
    return (Bundle(files: reader.files), refused.count > 1 ? .several(refused) : refused.first)
  }

  private init(directory: Directory, policy: String) {
    self.directory = directory
    self.policy = policy
  }

  /// What stands at a path whose own components may be links, as it is the operator's.
  private static func fileStatus(_ path: String) throws(BundleError) -> FileStatus? {
    let isFolder = (try? Directory(path: path)) != nil
    if isFolder { return nil }
    let components = path.split(separator: "/", omittingEmptySubsequences: false)
    let parent = components.count == 1 ? "." : components.dropLast().joined(separator: "/")
    return try unreadable { () throws(SystemError) in
      let directory = try Directory(path: parent.isEmpty ? "/" : parent)
      guard let status = try directory.status(String(components.last ?? "")) else {
        // Opening says whether it is missing or must not be read.
        _ = try Directory(path: path)
        return nil
      }
      return status
    }
  }

  private mutating func collect(_ folder: Directory, below prefix: String) throws(BundleError) {
    let entries = try Self.unreadable { () throws(SystemError) in try folder.list() }
    for entry in entries where !Self.isPassedOver(entry.name) {
      let path = prefix + entry.name
      let shown = "\(folder.path)/\(entry.name)"
      switch entry.kind {
      case .folder:
        let inner = try Self.unreadable { () throws(SystemError) in try folder.subdirectory(entry.name) }
        try collect(inner, below: path + "/")
      case .regular: try add(entry.name, in: folder, as: path, shown)
      case .symbolicLink, .fifo, .socket, .device: refused.append(.badKind(path: shown, entry.kind))
      }
    }
  }

  private mutating func add(
    _ name: String, in folder: Directory, as path: String, _ shown: String
  ) throws(BundleError) {
    // Where another file was named as the policy, a `DMakefile` beside it is not part of this bundle.
    if policy != Bundle.policyFile, path == Bundle.policyFile { return }
    let treePath: TreePath
    do throws(NameError) { treePath = try TreePath(path == policy ? Bundle.policyFile : path) } catch {
      refused.append(.badName(path: shown, error))
      return
    }
    guard files.count < Self.fileLimit else { throw .tooMany(folder: directory.path, limit: Self.fileLimit) }
    let status = try Self.unreadable { () throws(SystemError) in try folder.status(name) }
    sizeBytes += status?.sizeBytes ?? 0
    guard sizeBytes <= Bundle.sizeLimitBytes else {
      throw .tooLarge(path: shown, limitBytes: Bundle.sizeLimitBytes)
    }
    let bytes = try Self.unreadable { () throws(SystemError) in
      try folder.read(name, limitBytes: Bundle.sizeLimitBytes)
    }
    let isExecutable = (status?.mode ?? 0) & 0o100 != 0
    files.append(Bundle.File(path: treePath, isExecutable: isExecutable, content: Content(bytes)))
  }

  private static func isPassedOver(_ name: String) -> Bool {
    name.hasPrefix(".") || name.hasSuffix("~") || (name.count > 1 && name.hasPrefix("#") && name.hasSuffix("#"))
  }

  private static func unreadable<Result>(
    _ body: () throws(SystemError) -> Result
  ) throws(BundleError) -> Result {
    do { return try body() } catch { throw .unreadable(error) }
  }
}
