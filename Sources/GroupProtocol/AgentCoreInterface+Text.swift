import Model
import Supervision

extension AgentInput: CustomStringConvertible {
  public var description: String {
    switch self {
    case .fenced: "fenced"
    case .slept(let duration): "slept \(duration)"
    case .start: "start"
    case .opened(let id): "opened \(id)"
    case .closed(let id, let reason): "closed \(id): \(reason)"
    case .received(let id, let messages):
      "received \(id) [\(messages.map(\.description).joined(separator: "; "))]"
    case .delivered(let results): "delivered [\(results.map(\.description).joined(separator: " "))]"
    case .observed(let file, let content): "observed \(file) = \(content.map(\.description) ?? "absent")"
    case .unreadable(let file, let reason): "unreadable \(file): \(reason)"
    case .written(let file, let age): "written \(file) \(age.milliseconds) ms ago"
    case .altered(let file, let reason): "altered \(file): \(reason)"
    case .machine(let state): "machine \(state.content.digest)"
    case .started(let name, let pid): "started \(name) pid \(pid)"
    case .notStarted(let name, let reason): "not started \(name): \(reason)"
    case .refused(let name, let reason): "refused \(name): \(reason)"
    case .isolationProblems(let problems):
      "isolation problems \(problems.command ?? "none") \(problems.processes.map { "\($0): \($1)" })"
    case .permissionsChanged: "permissions changed"
    case .ended(let name, let end, let wasStopped):
      "ended \(name): \(end)" + (wasStopped ? ", stopped" : "")
    case .restarted(let name, let end, let pid, _): "restarted \(name) pid \(pid) after \(end)"
    case .seen(let name, let number, let question, let answer):
      "seen \(name) #\(number) \(question): \(answer)"
    case .noticed(let name, let number, let notice): "noticed \(name) #\(number): \(notice)"
    case .localRound(let result): "local \(result)"
    case .clock(let wall): "clock \(wall)"
    case .logRead(let id, let number, let query, let result): "log #\(number) of \(query) for \(id): \(result)"
    case .timer: "timer"
    case .renamed(let name): "renamed \(name)"
    case .stop: "stop"
    case .leave: "leave"
    }
  }
}

extension AgentEffect: CustomStringConvertible {
  public var description: String {
    switch self {
    case .persist(let record): "persist \(record)"
    case .keepLocal(let record): "keep \(record)"
    case .keepPolicy(let bundle): "keep \(bundle.map { "policy \($0.digest)" } ?? "no policy")"
    case .runLocal(let request): "run local \(request)"
    case .connect(let id, let leader): "connect \(id) to \(leader)"
    case .send(let id, let messages): "send \(id) [\(messages.map(\.description).joined(separator: "; "))]"
    case .disconnect(let id): "disconnect \(id)"
    case .deliver(let files): "deliver [\(files.map(\.description).joined(separator: ", "))]"
    case .watch(let processes): "watch [\(processes.map(\.description).joined(separator: ", "))]"
    case .start(let launch, let number): "start \(launch.name) #\(number): \(launch)"
    case .look(let launch, let number, let request):
      "look at \(launch.name) #\(number): \(request.question) by \(request.probe)"
    case .isolation(let plan):
      "in isolation: stop [\(plan.stopped.map(\.text).joined(separator: " "))] within \(plan.grace)"
        + (plan.command.isEmpty ? "" : ", run \(plan.command.joined(separator: " "))")
        + plan.processCommands.map { ", run for \($0.launch.name) \($0.command.joined(separator: " "))" }
        .joined()
    case .lease(let until): "leased until \(until)"
    case .order(let name, nil): "no order for \(name)"
    case .order(let name, .some(let order)): "order for \(name): start #\(order.number) from \(order.from) on"
    case .signal(let name, let signal, _): "signal \(name) \(signal)"
    case .signalSession(let name, let signal, _): "signal session of \(name) \(signal)"
    case .forget(let name, let data, let files):
      "forget \(name)" + (data == .remove ? " and its data" : "")
        + (files.isEmpty ? "" : " keeping [\(files.map(\.text).joined(separator: " "))]")
    case .readLog(let id, let number, let query): "read log #\(number) of \(query) for \(id)"
    case .note(let note): "note \(note)"
    case .exit(let exit): "exit: \(exit)"
    }
  }
}

extension AgentRecord: CustomStringConvertible {
  public var description: String {
    let held = files.map { "\($0)@\($1.stamp)=\($1.digest.map(\.description) ?? "removed")" }
    let ends = stopped.map { "#\($0.sequence) \($0.process) \($0.end)" }
    let accounts = accounts.map { "\($0) \($1)" }.joined(separator: ", ")
    return "\(node)/\(incarnation) numbers below \(sequenceLimit) stamp \(stamp)"
      + " files [\(held.joined(separator: " "))] stopped [\(ends.joined(separator: ", "))]"
      + (accounts.isEmpty ? "" : " accounts [\(accounts)]")
      + (leaving.isEmpty ? "" : " leaving [\(leaving.map { "\($0) \($1.rawValue)" }.joined(separator: ", "))]")
      + (fenced.isEmpty ? "" : " fenced [\(fenced.map(\.text).joined(separator: " "))]")
      + (reported.isEmpty ? "" : " reported [\(reported.map(\.text).joined(separator: " "))]")
      + (configuration.map { " in force \($0.digest)" } ?? "") + (isUnsettled ? " unsettled" : "")
      + (hasLeft ? " left" : "")
  }
}
