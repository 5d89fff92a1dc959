import Model

/// A policy over a cluster of some size, and the states that it reads.
struct Policy {
  enum Shape: String {
    /// One pattern rule: each process's configuration from its own state and one value that all share.
    case pattern
    /// Explicit rules: each process's configuration from its own state.
    case plain
    /// Explicit rules: a class for each node from all of its processes' states, one for the cluster from the
    /// nodes', and each process's configuration from its own state and both.
    case sums
  }

  static let sharedFile = "plan.xml"

  let shape: Shape
  let nodes: Int
  let processesPerNode: Int

  init(_ shape: Shape, nodes: Int, rules: Int) {
    self.shape = shape
    self.nodes = nodes
    processesPerNode = (rules + nodes - 1) / nodes
  }

  /// Rules that make configurations; ``Shape/sums`` has one more for each node, and one.
  var rules: Int { nodes * processesPerNode }

  func node(_ number: Int) -> String { "n\(number)" }
  func process(_ number: Int) -> String { "p\(number)" }

  /// The text of the DMakefile.
  var text: String {
    switch shape {
    case .pattern:
      return """
        %/config.xml{load}: %/state.xml{load} \(Self.sharedFile){limit}
        \t$*/config.xml{load}=$*/state.xml{load}

        """
    case .plain:
      return (1...nodes).map { node in
        (1...processesPerNode).map { plainRule("\(self.node(node))/\(process($0))") }.joined()
      }.joined()
    case .sums:
      let nodes = (1...nodes).map(node)
      var text = "cluster.xml{class}: \(nodes.map { "sums/\($0).xml{class}" }.joined(separator: " "))\n"
      text += "\t@cat $^ | sort -n | tail -n 1 >$@\n"
      for node in nodes { text += rules(of: node) }
      return text
    }
  }

  private func plainRule(_ process: String) -> String {
    "\(process)/config.xml{load}: \(process)/state.xml{load}\n\t@cat $< >$@\n"
  }

  private func rules(of node: String) -> String {
    let processes = (1...processesPerNode).map { "\(node)/\(process($0))" }
    var text = "sums/\(node).xml{class}: \(processes.map { "\($0)/state.xml{load}" }.joined(separator: " "))\n"
    text += "\t@cat $^ | awk '{ sum += $$1 } END { print int(sum / 100000) }' >$@\n"
    for name in processes {
      text += """
        \(name)/config.xml{load}: \(name)/state.xml{load} sums/\(node).xml{class} cluster.xml{class}
        \t\(name)/config.xml{load}=\(name)/state.xml{load}

        """
    }
    return text
  }

  /// What an agent's configuration says of its processes.
  var nodeConfiguration: Content {
    let processes = (1...processesPerNode).map { "<process name=\"\(process($0))\"/>" }
    return Content("<config>\(processes.joined())</config>")
  }

  func state(load: Int, comment: Int) -> Content {
    Content("<state><load>\(load)</load><comment>\(comment)</comment></state>")
  }
}
