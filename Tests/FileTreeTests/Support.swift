import FileTree
import Glibc
import Linux
import Model
import Testing

/// A folder that goes with the test that made it.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    var template = Array("/tmp/dmake-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw SystemError(errno, "create", "/tmp") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    let components = path.split(separator: "/")
    try? Directory(path: "/tmp").removeTree(String(components[1]))
  }

  func callAsFunction(_ relative: String) -> String { "\(path)/\(relative)" }

  /// ROOT in it.
  func store(watchedFromCount: Int = 512) throws -> FileTreeStore {
    try FileTreeStore(root: self("root"), watchedFromCount: watchedFromCount)
  }

  /// All names below a folder, with what regular files hold and where links lead.
  func listing(_ relative: String = "root") throws -> [String] {
    var lines: [String] = []
    let directory = try Directory(path: self(relative))
    func visit(_ folder: Directory, _ prefix: String) throws {
      for entry in try folder.list() {
        switch entry.kind {
        case .folder:
          lines.append(prefix + entry.name + "/")
          try visit(folder.subdirectory(entry), prefix + entry.name + "/")
        case .regular:
          let text = String(decoding: try folder.read(entry.name, limitBytes: 1 << 20), as: UTF8.self)
          lines.append("\(prefix)\(entry.name) = \(text)")
        default: lines.append("\(prefix)\(entry.name) (\(entry.kind.rawValue))")
        }
      }
    }
    try visit(directory, "")
    return lines
  }
}

/// SplitMix64 (Steele, Lea, Flood 2014): small and the same on every machine, so that a seed names a test case.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}

func change(_ path: String, _ text: String?) throws -> TreeChange {
  try TreeChange(TreePath(path), text.map { Content($0) })
}

func tree(_ files: [(String, String)], at index: LogIndex = 1) throws -> Tree {
  var tree = Tree()
  for (path, text) in files { tree.apply(try change(path, text), at: index) }
  return tree
}

/// A small file system of its own; nil where this process may not mount one.
final class SmallFileSystem: Sendable {
  let path: String

  init?(at path: String, sizeBytes: Int) {
    guard mkdir(path, 0o700) == 0, mount("none", path, "tmpfs", 0, "size=\(sizeBytes)") == 0 else { return nil }
    self.path = path
  }

  deinit { umount2(path, Int32(MNT_DETACH)) }

  /// Whether this process may mount, found out by doing it.
  static let isPossible: Bool = {
    guard let folder = try? TemporaryFolder() else { return false }
    return SmallFileSystem(at: folder("probe"), sizeBytes: 65536) != nil
  }()
}
