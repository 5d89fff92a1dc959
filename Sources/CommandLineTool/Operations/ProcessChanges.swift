import GroupProtocol
import Model
import NodeSchema
import Supervision

extension PlanView.ProcessChange {
  /// Which processes start, stop and start again when nodes get their new configurations.
  static func all(in plan: Plan) -> [PlanView.ProcessChange] {
    plan.changes.filter { $0.path.nodeFile == .config }.flatMap { change in
      changes(node: String(change.path.top), old: change.old, new: change.new)
    }
  }

  private static func changes(node: String, old: Content?, new: Content?) -> [PlanView.ProcessChange] {
    let before = configuration(old)
    let after = configuration(new)
    let names = SortedSet(before.processes.keys + after.processes.keys)
    return names.compactMap { name in
      switch (before.launch(of: name), after.launch(of: name)) {
      case (.some, nil):
        Self(
          node: node, process: name, kind: .stop, removesData: before.processes[name]?.data == .remove)
      case (nil, .some): Self(node: node, process: name, kind: .start)
      case (let old, let new): old == new ? nil : Self(node: node, process: name, kind: .restart)
      }
    }
  }

  /// What cannot be read runs nothing: the agent refuses it and goes on with what it has.
  private static func configuration(_ content: Content?) -> NodeConfiguration {
    guard let content, case .success(let configuration) = NodeSchema.decode(content) else { return .empty }
    return configuration
  }
}
