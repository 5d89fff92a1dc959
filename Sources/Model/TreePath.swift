/// The path of a file in the tree, relative to ROOT and checked: no empty, `.` or `..` component, none with a
/// leading dot (that is DMake's hidden space), at most 1,024 bytes, 255 a component, and only characters that
/// neither make nor a shell gives a meaning: letters, digits and `. _ - + @ , = :`.
///
/// Everything that comes from a peer, a policy or a person becomes a `TreePath` before a file is touched.
public struct TreePath: Hashable, Comparable, Sendable, CustomStringConvertible {
  public static let lengthLimit = 1024
  public static let componentLengthLimit = 255

  public let text: String
  public var description: String { text }

  public init(_ text: String) throws(NameError) {
    if Self.isValid(text) {
      self.text = text
      return
    }
    throw Self.error(in: text)
  }

  /// In one look at the bytes: a round checks a path for each of its rules.
  private static func isValid(_ text: String) -> Bool {
    var text = text
    return text.withUTF8 { bytes in
      var start = 0
      for (index, byte) in bytes.enumerated() {
        if byte == slash {
          guard index > start, index - start <= componentLengthLimit else { return false }
          start = index + 1
        } else if !isAllowed(byte) || byte == UInt8(ascii: ".") && index == start {
          return false
        }
      }
      let last = bytes.count - start
      return last > 0 && last <= componentLengthLimit && bytes.count <= lengthLimit
    }
  }

  /// What keeps a text from being a path.
  private static func error(in text: String) -> NameError {
    if text.isEmpty { return NameError("a path is empty") }
    if text.utf8.count > Self.lengthLimit {
      return NameError(
        "the path `\(Names.visible(text.prefix(40)))…` has \(text.utf8.count) bytes; at most \(Self.lengthLimit) are allowed"
      )
    }
    for component in text.split(separator: "/", omittingEmptySubsequences: false) {
      if component.isEmpty || component.hasPrefix(".") {
        return NameError(
          "the path `\(Names.visible(text))` has a component that is empty or begins with a dot; expected names separated by single slashes"
        )
      }
      if component.utf8.count > Self.componentLengthLimit {
        return NameError(
          "the path `\(Names.visible(text.prefix(40)))…` has a component of \(component.utf8.count) bytes; at most \(Self.componentLengthLimit) are allowed"
        )
      }
    }
    return NameError(
      "the path `\(Names.visible(text))` has characters other than letters, digits and . _ - + @ , = : /")
  }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    case UInt8(ascii: "+"), UInt8(ascii: "@"), UInt8(ascii: ","), UInt8(ascii: "="), UInt8(ascii: ":"): true
    case UInt8(ascii: "/"): true
    default: Names.isPlain(byte)
    }
  }

  /// For paths that are put together from checked parts.
  private init(checked text: String) { self.text = text }

  public var components: [Substring] { text.utf8.split(separator: Self.slash).map { Substring($0) } }

  public static func < (left: Self, right: Self) -> Bool { left.text < right.text }
}

/// The places of figure 5.
extension TreePath {
  public static let nodeFolder = "DMake"
  public static let configFile = "config.xml"
  public static let stateFile = "state.xml"
  /// What the agent sees of a process whose health it checks.
  public static let healthFile = "health.xml"
  public static let newNodeFile = "new-node"
  public static let failNodeFile = "fail-node"
  public static let stopProcFile = "stop-proc"

  /// `NODE/new-node`: the node joined.
  public static func newNode(_ node: NodeName) -> TreePath { TreePath(checked: "\(node)/\(newNodeFile)") }
  /// `NODE/fail-node`: the node is lost.
  public static func failNode(_ node: NodeName) -> TreePath { TreePath(checked: "\(node)/\(failNodeFile)") }
  /// `NODE/PROC/stop-proc`: the process ended.
  public static func stopProc(_ node: NodeName, _ process: ProcessName) -> TreePath {
    TreePath(checked: "\(node)/\(process)/\(stopProcFile)")
  }
  /// `NODE/DMake/config.xml`: what the agent must run.
  public static func nodeConfig(_ node: NodeName) -> TreePath {
    TreePath(checked: "\(node)/\(nodeFolder)/\(configFile)")
  }
  /// `NODE/DMake/state.xml`: what the agent sees of its machine.
  public static func nodeState(_ node: NodeName) -> TreePath {
    TreePath(checked: "\(node)/\(nodeFolder)/\(stateFile)")
  }
  /// The file's path in the tree, from its path on its node.
  public init(_ node: NodeName, _ file: NodeFile) { text = "\(node)/\(file.text)" }

  /// Bounds for a search in an ordered map: paths in the node's folder are between them. They name no file.
  public static func start(of node: NodeName) -> TreePath { TreePath(checked: "\(node)/") }
  public static func end(of node: NodeName) -> TreePath { TreePath(checked: "\(node)0") }

  /// The first component: a node's folder, or the first folder of an intermediate result.
  public var top: Substring { text[..<(text.utf8.firstIndex(of: Self.slash) ?? text.endIndex)] }
  private static let slash = UInt8(ascii: "/")

  /// The file's path on its node, where this is `NODE/PROC/FILE` or `NODE/DMake/FILE`.
  public var nodeFile: NodeFile? {
    guard let first = text.utf8.firstIndex(of: Self.slash) else { return nil }
    let rest = text[text.utf8.index(after: first)...]
    guard let second = rest.utf8.firstIndex(of: Self.slash) else { return nil }
    let name = rest[rest.utf8.index(after: second)...]
    return name.utf8.contains(Self.slash) ? nil : NodeFile(checked: String(rest[..<second]), String(name))
  }
}

/// The path of a file on its node: `PROC/FILE` or `DMake/FILE`. It is what agent and leader speak of; the leader
/// puts the node's name before it.
public struct NodeFile: Hashable, Comparable, Sendable, CustomStringConvertible {
  public static let config = NodeFile(folder: TreePath.nodeFolder, name: TreePath.configFile)
  public static let state = NodeFile(folder: TreePath.nodeFolder, name: TreePath.stateFile)

  /// `PROC` or `DMake`.
  public let folder: String
  public let name: String
  public var text: String { "\(folder)/\(name)" }
  public var description: String { text }

  private init(folder: String, name: String) {
    self.folder = folder
    self.name = name
  }

  /// From the parts of a path that was checked.
  fileprivate init?(checked folder: String, _ name: String) {
    guard folder == TreePath.nodeFolder || (try? ProcessName(folder)) != nil else { return nil }
    self.init(folder: folder, name: name)
  }

  public init(_ process: ProcessName, _ name: String) throws(NameError) { try self.init("\(process)/\(name)") }

  public init(_ text: String) throws(NameError) {
    let components = try TreePath(text).components
    guard components.count == 2 else {
      throw NameError("the path `\(Names.visible(text))` is not PROCESS/FILE or DMake/FILE")
    }
    if components[0] != TreePath.nodeFolder { _ = try ProcessName(String(components[0])) }
    self.init(folder: String(components[0]), name: String(components[1]))
  }

  /// The process whose folder the file is in; nil in `DMake/`.
  public var process: ProcessName? { try? ProcessName(folder) }

  /// Names that only DMake itself writes.
  public var isReserved: Bool { name == TreePath.configFile || name == TreePath.stopProcFile }

  /// Whether the node owns the file (its state) rather than a policy (its configuration).
  public var isState: Bool { name == TreePath.stateFile || isHealth }
  /// Written by the agent, of a process that it checks.
  public var isHealth: Bool { name == TreePath.healthFile && process != nil }

  public static func < (left: Self, right: Self) -> Bool {
    (left.folder, left.name) < (right.folder, right.name)
  }
}
