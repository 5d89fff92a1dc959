import GroupProtocol
import Model
import Supervision

/// A policy as a pure function from the tree to its outputs, in place of a DMakefile and make: each member runs
/// processes, and the configuration of each depends on the states of all.
enum PolicyModel {
  static func bundle(number: Int) throws -> Bundle {
    let policy = Bundle.File(
      path: try TreePath(Bundle.policyFile), isExecutable: false, content: Content("policy \(number)"))
    return Bundle(files: [policy])
  }

  static func number(of bundle: Bundle?) -> Int {
    bundle?.policy.flatMap { Int($0.text.dropFirst("policy ".count)) } ?? 0
  }

  /// The outputs that the tree should have.
  static func outputs(policy: Int, tree: Tree, members: [NodeName]) -> SortedMap<TreePath, Content> {
    var wanted = SortedMap<TreePath, Content>()
    func want(_ path: String, _ text: String) {
      if let path = try? TreePath(path) { wanted[path] = Content(text) }
    }
    let states = members.compactMap { node in
      (try? TreePath("\(node)/web/state.xml")).flatMap { tree[$0] }.map { file in
        "\(node)=\(tags(policy).map { value(of: $0, in: file.content) }.joined(separator: "/"))"
      }
    }
    let owner = owner(in: tree, members)
    if let owner { want(ownerFile, owner.text) }
    for node in members {
      let local = localFiles(policy)
      if !local.contains("DMake/config.xml") {
        want("\(node)/DMake/config.xml", configuration(policy, isOwner: node == owner))
      }
      want("\(node)/web/config.xml", "peers \(states.joined(separator: ","))")
      if policy % 2 == 1 { want("\(node)/db/config.xml", "policy \(policy)") }
      if policy % 3 == 0, !local.contains("web/extra.cfg") {
        want("\(node)/web/extra.cfg", "policy \(policy / 3)")
      }
    }
    want("cluster/members", members.map(\.text).joined(separator: " "))
    return wanted
  }

  /// What changes in the tree to have them. What nobody wants any more is removed, but a lost node's folder is the
  /// leader's to remove.
  static func changes(
    to wanted: SortedMap<TreePath, Content>, in tree: Tree, members: [NodeName], local: [String] = []
  ) -> [TreeChange] {
    let folders = SortedSet(members.map(\.text) + ["cluster"])
    let surplus = tree.files.map(\.path).filter { path in
      folders.contains(String(path.top)) && isOutput(path) && !wanted.contains(path)
        && !local.contains(path.nodeFile?.text ?? "")
    }
    let news = wanted.filter { path, content in tree[path]?.content != content }
    return surplus.map { TreeChange($0, nil) } + news.map { TreeChange($0, $1) }
  }

  /// The process that at most one node runs at a time: it stays where it is as long as its node is a member.
  static let exclusive = "one"
  private static let ownerFile = "cluster/owner"

  private static func owner(in tree: Tree, _ members: [NodeName]) -> NodeName? {
    let last = (try? TreePath(ownerFile)).flatMap { tree[$0]?.content.text }
    return members.first { $0.text == last } ?? members.first
  }

  private static func configuration(_ policy: Int, isOwner: Bool = false) -> String {
    "\(policy % 2 == 0 ? "web" : "db web")\(isOwner ? " \(exclusive)" : "") generation \(policy / 4)"
      + (policy % 5 == 3 ? " held" : "")
  }

  /// What local rules make on each node: in some policies a file that others never have, or one that is the leader's
  /// in the next, or what the node must run.
  static func localFiles(_ policy: Int) -> [String] {
    if policy == 6 { return ["web/extra.cfg"] }
    return policy % 5 == 0 ? ["web/local.cfg"] : policy % 5 == 2 ? ["DMake/config.xml", "web/local.cfg"] : []
  }

  /// The local files that a node should have, by its own folder.
  static func localOutputs(policy: Int, tree: Tree, node: NodeName) -> SortedMap<TreePath, Content> {
    var wanted = SortedMap<TreePath, Content>()
    let state = (try? TreePath("\(node)/web/state.xml")).flatMap { tree[$0]?.content }
    for file in localFiles(policy) {
      guard let path = try? TreePath("\(node)/\(file)") else { continue }
      let text = "local \(state.map { value(of: "rate", in: $0) } ?? "none")"
      wanted[path] = Content(path.nodeFile == .config ? configuration(policy) : text)
    }
    return wanted
  }

  private static func isOutput(_ path: TreePath) -> Bool {
    guard let file = path.nodeFile else { return path.top == "cluster" }
    return !file.isState && file.name != TreePath.stopProcFile
  }

  /// The values in the states of `web` that the policy reads; nothing reads another process's state.
  private static func tags(_ policy: Int) -> [String] { policy % 3 == 1 ? ["load", "rate"] : ["rate"] }

  /// A state is written `NAME=TEXT NAME=TEXT …`.
  private static func value(of tag: String, in content: Content) -> String {
    let words = content.text.split(separator: " ")
    return words.first { $0.hasPrefix(tag + "=") }.map { String($0.dropFirst(tag.count + 1)) } ?? ""
  }

  /// What the policy reads, exactly.
  static func interest(policy: Int, members: [NodeName]) -> Interest {
    Interest(
      members.flatMap { node in
        tags(policy).compactMap { tag in
          (try? TreePath("\(node)/web/state.xml")).map { ValueReference($0, tag: tag) }
        }
      })
  }

  @Sendable static func valuesDigest(_ content: Content, _ tags: SortedSet<String>) -> Digest {
    Digest(of: tags.map { value(of: $0, in: content) }.joined(separator: "\n").utf8)
  }

  /// Whether two versions of a file are the same to who reads this of it.
  static func areEqual(_ left: Content?, _ right: Content?, to interest: FileInterest?) -> Bool {
    guard let left, let right else { return left == nil && right == nil }
    switch interest {
    case nil: return true
    case .whole: return left == right
    case .tags(let tags): return valuesDigest(left, tags) == valuesDigest(right, tags)
    }
  }

  /// The node's configuration that the text of ``outputs(policy:tree:members:)`` stands for.
  static func decode(_ content: Content) -> Result<NodeConfiguration, ConfigurationProblem> {
    let words = content.text.split(separator: " ")
    guard let mark = words.firstIndex(of: "generation"), mark + 1 < words.count else {
      return .failure(ConfigurationProblem("no generation"))
    }
    let processes = words[..<mark].compactMap { word -> ProcessConfiguration? in
      guard let name = try? ProcessName(String(word)) else { return nil }
      var process = ProcessConfiguration(name: name, executable: "/bin/\(word)")
      process.generation = String(words[mark + 1])
      process.onIsolation = words.last == "held" || word == exclusive ? .stop : .keep
      return process
    }
    return .success(NodeConfiguration(environment: [:], processes: processes))
  }
}
