import Model
import Supervision
import XML

extension ConfigurationReader {
  /// A look at a process costs something, and thousands of them much.
  private static var shortestInterval: Duration { .milliseconds(20) }

  mutating func readHealth(_ element: XMLElement, into process: inout ProcessConfiguration) {
    if let entry = element.child(named: "ready"), let probe = probe(entry, of: process.name) {
      var readiness = HealthChecks.Readiness(probe)
      if let text = entry[attribute: "within"] { readiness.within = duration(text) }
      readiness.every = interval(entry, "every") ?? readiness.every
      readiness.timeout = interval(entry, "timeout") ?? readiness.timeout
      if readiness.within <= .zero { fail(entry, "nothing is ready `within` no time") }
      process.health.readiness = readiness
    }
    if let entry = element.child(named: "alive"), let probe = probe(entry, of: process.name) {
      var liveness = HealthChecks.Liveness(probe)
      liveness.every = interval(entry, "every") ?? liveness.every
      liveness.timeout = interval(entry, "timeout") ?? liveness.timeout
      if let text = entry[attribute: "failures"] { liveness.failures = Int(trimmed(text)) ?? liveness.failures }
      process.health.liveness = liveness
    }
    if let entry = element.child(named: "stale") { process.health.staleAfter = interval(entry, "after") }
  }

  private mutating func interval(_ element: XMLElement, _ name: String) -> Duration? {
    guard let text = element[attribute: name] else { return nil }
    let interval = duration(text)
    if interval < Self.shortestInterval {
      fail(element, "`\(name)` is shorter than \(Self.shortestInterval.milliseconds)ms")
    }
    return interval
  }

  /// Only what belongs to the way of looking may stand there, so that no mistake is overlooked.
  private mutating func probe(_ element: XMLElement, of process: ProcessName) -> Probe? {
    let by = trimmed(element[attribute: "by"] ?? "")
    let executable = element.child(named: "executable").map { single($0) }
    let given: [(name: String, isGiven: Bool, belongsTo: String)] = [
      ("name", element[attribute: "name"] != nil, "file"),
      ("address", element[attribute: "address"] != nil, "tcp"),
      ("executable", executable != nil, "command"),
      ("argument", !element.children(named: "argument").isEmpty, "command"),
    ]
    for entry in given where entry.isGiven && entry.belongsTo != by {
      fail(element, "`\(entry.name)` goes with `by=\"\(entry.belongsTo)\"`, not with `by=\"\(by)\"`")
    }
    switch by {
    case "notify": return .notify
    case "file":
      let name = trimmed(element[attribute: "name"] ?? "")
      do {
        let file = try NodeFile(process, name)
        if file.isReserved || file.isHealth {
          fail(element, "the file `\(name)` is not the process's to write")
        }
      } catch {
        fail(element, "`\(element.name)` by a file needs its name in the process's folder: \(error)")
      }
      return .file(name)
    case "tcp":
      let text = trimmed(element[attribute: "address"] ?? "")
      guard let address = SocketAddress(text) else {
        fail(
          element,
          "`\(text)` is no address to connect to; expected `address=\"127.0.0.1:80\"` or `\"[::1]:80\"`")
        return nil
      }
      return .tcp(address)
    case "command":
      guard let executable, !executable.isEmpty else {
        fail(element, "`\(element.name)` by a command needs an `executable`")
        return nil
      }
      return .command([executable] + element.children(named: "argument").map { checked($0.text, $0) })
    default: return nil
    }
  }
}
