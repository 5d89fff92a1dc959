import Model

/// The generated makefile that tells policies who is there. It is read before the DMakefile.
///
/// - `DMAKE_NODES`: the present nodes, sorted.
/// - `DMAKE_PROCS`: `NODE/PROC` for each process of each present node, sorted.
/// - `DMAKE_PROCS_NODE`: the processes of one node, without the node's name; a `:` of an IP literal is `_` here.
/// - `DMAKE_NODES_WITH_PROC`: the nodes whose configuration lists the process.
///
/// A `:` of an IP literal is `\:` where make reads rules and variables, since it would take the literal for a rule's
/// end, and is itself in recipes, which have a `$@`.
///
/// It also holds what translated text needs: a newline as a variable, and for each recipe the names of its target
/// (`DMAKE_TARGET`) and of the file for its programs' assignments (`DMAKE_ASSIGN`) in the environment.
public enum Membership {
  public static func makefile(members: [NodeName], processes: (NodeName) -> [ProcessName]) -> [UInt8] {
    let members = SortedSet(members).elements
    var text = definition("DMAKE_NODES", members.map(\.text))
    var pairs: [String] = []
    var nodesOfProcess = SortedMap<ProcessName, [NodeName]>()
    var perNode = ""
    for node in members {
      let names = SortedSet(processes(node)).elements
      pairs += names.map { "\(node)/\($0)" }
      for name in names { nodesOfProcess[name, default: []].append(node) }
      perNode += definition(variable("DMAKE_PROCS_\(node)"), names.map(\.text))
    }
    text += definition("DMAKE_PROCS", pairs) + perNode
    for (process, nodes) in nodesOfProcess {
      text += definition("DMAKE_NODES_WITH_\(process)", nodes.map(\.text))
    }
    // The policy is to find these as if make had been asked for nothing but to read it.
    text += "undefine MAKECMDGOALS\nMAKEFILE_LIST :=\n"
    text += "define DMAKE_NEWLINE\n\n\nendef\n"
    text += "export DMAKE_TARGET = $@\n"
    text += "export DMAKE_ASSIGN = $(CURDIR)/\(HiddenSpace.assignments)/$@/\(HiddenSpace.programFile)\n"
    return Array(text.utf8)
  }

  private static func definition(_ name: String, _ words: [String]) -> String {
    let text = words.joined(separator: " ")
    guard text.contains(":") else { return "\(name) := \(text)\n" }
    return "\(name) = $(if $@,\(text),\(text.replacing(":", with: "\\:")))\n"
  }

  /// A node's name may be an IP literal, and a colon would end a variable's name: there, `:` is `_`.
  private static func variable(_ name: String) -> String { String(name.map { $0 == ":" ? "_" : $0 }) }
}
