import Foundation
import Testing

/// What must hold once a fault is over, seen from outside: by the operating system, by the node's files, and by the
/// leader's status and tree.
struct Aftermath {
  let node: String
  /// The processes that run, and no others.
  var running: [String]
  /// How often each process has ended, as policies were told; see ``Cluster/endRules(_:node:)``.
  var ends: [String: Int] = [:]
  /// Files of the node of which the leader's tree has the same content, or none where the node has none.
  var files: [String] = []
  var isAgentThere = true
}

extension Cluster {
  /// Rules that note each end of these processes in a file of the tree, `ends-NAME`, one XML element an end.
  func endRules(_ names: [String], node: String = "n1") -> String {
    names.map { "ends-\($0): \(node)/\($0)/stop-proc\n\tcat /dev/null $^ >>$@\n" }.joined()
  }

  /// The ends of which policies were told, each as an XML element.
  func ends(_ name: String) -> [String] {
    (scratch.read("leader/leader/tree/ends-\(name)") ?? "").split(separator: "\n").map(String.init)
      .filter { $0.contains("<event ") }
  }

  func keeper(_ node: String = "n1") -> pid_t? {
    scratch.read("node-\(node)/keeper.lock").flatMap { pid_t($0.dropLast()) }
  }

  /// Waits until there is no orphan, no zombie and no lost event, and the tree is equal to reality; fails with all that
  /// is otherwise.
  func expect(_ aftermath: Aftermath, location: SourceLocation = #_sourceLocation) async throws {
    var differences: [String] = []
    do {
      try await wait(for: "the end of the fault") {
        differences = try await self.differences(aftermath)
        return differences.isEmpty
      }
    } catch {
      Issue.record("\(error):\n\(differences.joined(separator: "\n"))", sourceLocation: location)
      throw error
    }
  }

  private func differences(_ aftermath: Aftermath) async throws -> [String] {
    var found = processDifferences(aftermath)
    for (name, count) in aftermath.ends.sorted(by: { $0.key < $1.key }) where ends(name).count != count {
      found.append(
        "\(name) ended \(count) times, policies were told \(ends(name).count): \(ends(name).prefix(20))")
    }
    for file in aftermath.files {
      let (real, known) = (
        "node-\(aftermath.node)/node/\(file)", "leader/leader/tree/\(aftermath.node)/\(file)"
      )
      if scratch.read(real) != scratch.read(known) {
        found.append(
          "\(file) is \(scratch.read(real) ?? "not there"), in the tree \(scratch.read(known) ?? "not")")
      }
    }
    guard aftermath.isAgentThere, found.isEmpty else { return found }
    // Asked last: a status costs a process.
    return try await statusDifferences(aftermath)
  }

  /// The main process of each name, and what is there beside these.
  private func processDifferences(_ aftermath: Aftermath) -> [String] {
    let folder = scratch.path("node-\(aftermath.node)")
    let all = SystemProcess.all
    let keepers = all.filter { $0.command == ["dmake-keeper", folder] }
    let daemons = keepers.map(\.pid) + all.filter { isDaemon($0) }.map(\.pid)
    let mains = all.filter { process in
      process.variables["DMAKE_STATE"]?.hasPrefix("\(folder)/node/") == true && process.session == process.pid
        && aftermath.running.contains(process.variables["DMAKE_PROC"] ?? "")
    }
    var found = keepers.count > 1 ? ["\(keepers.count) keepers: \(keepers)"] : []
    for name in aftermath.running {
      let instances = mains.filter { $0.variables["DMAKE_PROC"] == name }
      if instances.count != 1 { found.append("\(name) runs \(instances.count) times: \(instances)") }
    }
    for process in all where process.isZombie && daemons.contains(process.parent) {
      found.append("a zombie: \(process)")
    }
    let sessions = Set(mains.map(\.session))
    for process in all where !sessions.contains(process.session) && !process.isZombie {
      let isOurs = process.variables["DMAKE_STATE"]?.hasPrefix("\(folder)/node/") == true
      if isOurs || keepers.contains(where: { $0.pid == process.parent }) {
        found.append("an orphan: \(process)")
      }
    }
    return found
  }

  private func isDaemon(_ process: SystemProcess) -> Bool {
    process.command.contains { $0.hasPrefix(scratch.folder) }
      && ["agent", "leader"].contains(process.command.dropFirst().first ?? "")
  }

  private func statusDifferences(_ aftermath: Aftermath) async throws -> [String] {
    let status = try await status()
    let node = status.node(aftermath.node)
    var found: [String] = []
    if node?.isConnected != true { found.append("the node is not connected") }
    let known = (node?.processes ?? []).filter {
      ["running", "ready", "starting", "stopping"].contains($0.phase)
    }
    if known.map(\.name).sorted() != aftermath.running.sorted() {
      found.append("the status shows \(known.map(\.name)), what runs is \(aftermath.running)")
    }
    for entry in known where aftermath.running.contains(entry.name) {
      let process = SystemProcess(pid_t(entry.pid ?? 0))
      let isSame =
        process?.variables["DMAKE_PROC"] == entry.name
        && process?.variables["DMAKE_START"] == "\(entry.starts)"
      if !isSame {
        found.append("the status shows \(entry), which is \(process.map(String.init) ?? "not there")")
      }
    }
    return found
  }
}

extension String {
  fileprivate init(_ process: SystemProcess) { self = process.description }
}
