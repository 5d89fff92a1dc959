/// What a round finds: all that is not the policy's own doing.
public struct Situation: Sendable {
  /// A file that a node reports.
  public struct Document: Sendable {
    /// Its elements, which have none in them, in the order of the document.
    public var values: [(tag: String, text: String)]

    public init(_ values: [(tag: String, text: String)]) { self.values = values }

    public var text: String {
      "<s>" + values.map { $0.text.isEmpty ? "<\($0.tag)/>" : "<\($0.tag)>\($0.text)</\($0.tag)>" }.joined()
        + "</s>\n"
    }
  }

  /// Every name that a node may have.
  public static let nodeNames = ["n1", "n2", "n3", "n4"]

  public var policy: Policy
  /// The nodes that are present.
  public var nodes: Set<String> = []
  /// Nodes that were lost since the round before, and whose files went with them; they may be present again.
  public var lost: Set<String> = []
  public var documents: [String: Document] = [:]
  /// The numbers of the occurrences, by event file, since the round before.
  public var occurrences: [String: [Int]] = [:]

  public init(policy: Policy) { self.policy = policy }

  /// The processes that a node is told to run.
  public func processes(of node: String) -> [String] {
    let mode = documents["\(node)/DMake/state.xml"]?.values.filter { $0.tag == "mode" }.map(\.text) ?? []
    return mode == ["one"] ? ["p"] : ["p", "q"]
  }

  /// Whether the file belongs to a node that is not there.
  func isOfAbsentNode(_ file: String) -> Bool {
    let top = String(file.prefix { $0 != "/" })
    return Self.nodeNames.contains(top) && !nodes.contains(top)
  }
}
