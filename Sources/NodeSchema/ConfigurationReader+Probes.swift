import Model
import Supervision
import XML

extension ConfigurationReader {
  /// What they tell stands in one file.
  static var probeLimit: Int { 16 }
  /// Each run is a process.
  private static var shortestProbeInterval: Duration { .seconds(1) }
  private static var longestProbeTimeout: Duration { .seconds(3600) }

  mutating func readProbes(_ root: XMLElement) -> [NodeProbe] {
    let elements = root.children(named: "probe")
    if elements.count > Self.probeLimit {
      fail(root, "there are \(elements.count) probes; at most \(Self.probeLimit) are allowed on a node")
    }
    var lines = SortedMap<String, Int>()
    return elements.map { element in
      let name = trimmed(element[attribute: "name"] ?? "")
      if let line = lines[name] {
        fail(element, "the probe `\(name)` stands in line \(line) already; give this one another name")
      }
      lines[name] = element.line
      let executable = element.child(named: "executable").map { single($0) } ?? ""
      if executable.isEmpty { fail(element, "`executable` is empty; name a program") }
      var probe = NodeProbe(
        name: name,
        command: [executable] + element.children(named: "argument").map { checked($0.text, $0) })
      if let text = element[attribute: "every"] { probe.every = duration(text) }
      if let text = element[attribute: "timeout"] { probe.timeout = duration(text) }
      if let text = element[attribute: "failures"] { probe.failures = Int(trimmed(text)) ?? probe.failures }
      if probe.every < Self.shortestProbeInterval { fail(element, "`every` is shorter than 1s") }
      if probe.timeout <= .zero || probe.timeout > Self.longestProbeTimeout {
        fail(element, "`timeout` is no time, or more than 1h")
      }
      return probe
    }
  }
}
