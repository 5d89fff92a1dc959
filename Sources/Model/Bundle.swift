/// A policy bundle: a DMakefile and the programs and templates beside it, as one value that is activated whole.
public struct Bundle: Equatable, Sendable {
  public struct File: Equatable, Sendable {
    public let path: TreePath
    public let isExecutable: Bool
    public let content: Content
    public init(path: TreePath, isExecutable: Bool, content: Content) {
      self.path = path
      self.isExecutable = isExecutable
      self.content = content
    }
  }

  public static let policyFile = "DMakefile"
  /// The log carries bundles, so they stay small; large data belongs on the machines.
  public static let sizeLimitBytes = 16 << 20

  /// In the order of their paths.
  public let files: [File]
  public let digest: Digest

  public init(files: [File]) {
    self.files = files.sorted { $0.path < $1.path }
    var input: [UInt8] = []
    for file in self.files {
      input += Array("\(file.path) \(file.isExecutable ? "x" : "-") ".utf8) + file.content.digest.bytes + [0]
    }
    digest = Digest(of: input)
  }

  public subscript(path: String) -> File? { files.first { $0.path.text == path } }
  public var policy: Content? { self[Self.policyFile]?.content }
}
