import Supervision
import XML

extension ConfigurationReader {
  /// A program cannot be started with less.
  private static var leastMemoryBytes: UInt64 { 64 << 10 }

  mutating func readGroup(_ element: XMLElement, into process: inout ProcessConfiguration) {
    guard let entry = element.child(named: "cgroup") else { return }
    var limits = GroupLimits()
    limits.processorPercent = entry[attribute: "cpu-max"].flatMap { UInt32(trimmed($0).dropLast()) }
    limits.processorWeight = entry[attribute: "cpu-weight"].flatMap { UInt32(trimmed($0)) }
    limits.processes = entry[attribute: "pids-max"].flatMap { UInt32(trimmed($0)) }
    limits.memoryBytes = memory(entry, "memory-max")
    limits.memoryHighBytes = memory(entry, "memory-high")
    limits.isRequired = entry[attribute: "required"].map(trimmed) != "no"
    if let high = limits.memoryHighBytes, let most = limits.memoryBytes, high > most {
      fail(entry, "`memory-high` is above `memory-max`, so it would never be reached")
    }
    if limits.settings.isEmpty {
      fail(
        entry,
        "`cgroup` limits nothing; expected one of `cpu-max`, `cpu-weight`, `memory-max`, `memory-high`, `pids-max`"
      )
    }
    process.rights.groupLimits = limits
  }

  private mutating func memory(_ element: XMLElement, _ name: String) -> UInt64? {
    guard let text = element[attribute: name] else { return nil }
    let bytes = amount(text)
    if bytes < Self.leastMemoryBytes {
      fail(element, "`\(name)` is less than 64K, with which no program starts")
    } else if bytes > UInt64(Int64.max) {
      fail(element, "`\(name)` is more than any machine has; leave it out")
    }
    return bytes
  }
}
