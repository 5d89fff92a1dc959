import Model
import Supervision
import XML

/// Turns a document that follows the schema into a configuration, and collects what a schema cannot say.
struct ConfigurationReader {
  private(set) var errors: [NodeSchemaError] = []

  mutating func read(_ root: XMLElement) -> NodeConfiguration {
    let elements = root.children(named: "process")
    if elements.count > NodeSchema.processLimit {
      fail(
        root, "there are \(elements.count) processes; at most \(NodeSchema.processLimit) are allowed on a node")
    }
    var names = SortedMap<ProcessName, Int>()
    var processes: [ProcessConfiguration] = []
    for element in elements {
      guard var process = process(element) else { continue }
      let isolation = element[attribute: "on-isolation"] ?? root[attribute: "on-isolation"] ?? ""
      process.onIsolation = IsolationPolicy(rawValue: trimmed(isolation)) ?? .keep
      process.isolationCommand = isolationCommand(element)
      if (process.onIsolation == .command) == process.isolationCommand.isEmpty {
        fail(
          element, "a command of `isolation` and `on-isolation=\"command\"` belong together; give both or none")
      }
      if let line = names[process.name] {
        fail(
          element, "the process `\(process.name)` stands in line \(line) already; give this one another name")
      }
      names[process.name] = element.line
      processes.append(process)
    }
    return NodeConfiguration(
      environment: environment(root), processes: processes,
      isolationCommand: isolationCommand(root),
      probes: readProbes(root))
  }

  private mutating func process(_ element: XMLElement) -> ProcessConfiguration? {
    let executable = element.child(named: "executable").map { single($0) } ?? ""
    if executable.isEmpty { fail(element, "`executable` is empty; name a program") }
    let name: ProcessName
    do { name = try ProcessName(element[attribute: "name"] ?? "") } catch {
      fail(element, error.description)
      return nil
    }
    var process = ProcessConfiguration(name: name, executable: executable)
    process.generation = element[attribute: "generation"] ?? ""
    process.arguments = element.children(named: "argument").map { checked($0.text, $0) }
    process.environment = environment(element)
    process.workingFolder = folder(element)
    process.user = optional(element, "user")
    process.group = optional(element, "group")
    if let restart = element[attribute: "restart"].flatMap({ RestartPolicy(rawValue: trimmed($0)) }) {
      process.restart = restart
    }
    if let refresh = element[attribute: "refresh"], trimmed(refresh) != "event" {
      process.refresh = .period(refreshPeriod(refresh, element))
    }
    process.reload = element[attribute: "reload"].map { reload($0, element) } ?? .none
    readReloads(element, into: &process)
    if let text = element[attribute: "reload-interval"] { process.reloadInterval = duration(trimmed(text)) }
    readWatched(element, into: &process)
    readStop(element, into: &process)
    readBackOff(element, into: &process)
    readRestart(element, into: &process)
    readRights(element, into: &process)
    readGroup(element, into: &process)
    readHealth(element, into: &process)
    return process
  }

  /// What is run at the fence, for a process or the node; empty: nothing.
  private mutating func isolationCommand(_ element: XMLElement) -> [String] {
    guard let isolation = element.child(named: "isolation") else { return [] }
    let executable = isolation.child(named: "executable").map { single($0) } ?? ""
    if executable.isEmpty { fail(isolation, "`executable` is empty; name a program") }
    return [executable] + isolation.children(named: "argument").map { checked($0.text, $0) }
  }

  private mutating func environment(_ element: XMLElement) -> SortedMap<String, String> {
    var result = SortedMap<String, String>()
    for entry in element.children(named: "environment") {
      let name = checked(entry[attribute: "name"] ?? "", entry)
      if name.uppercased().hasPrefix("DMAKE_") {
        fail(entry, "the variable `\(name)` is the agent's own to set; choose a name without `DMAKE_`")
      }
      result[name] = checked(entry.text, entry)
    }
    return result
  }

  private mutating func folder(_ element: XMLElement) -> String? {
    guard let folder = optional(element, "folder") else { return nil }
    if !folder.hasPrefix("/") { fail(element, "the folder `\(folder)` is not an absolute path") }
    return folder
  }

  private mutating func refreshPeriod(_ text: String, _ element: XMLElement) -> Duration {
    let period = duration(text)
    if period < .milliseconds(10) {
      fail(
        element, "the refresh period `\(text)` is shorter than 10ms; use `event` to hear of each change at once"
      )
    }
    return period
  }

  mutating func reload(_ text: String, _ element: XMLElement) -> Reload {
    let text = trimmed(text)
    if text == "none" { return .none }
    if text == "restart" { return .restart }
    return signal(text, element, also: ", `restart` or `none`").map { .signal($0) } ?? .none
  }

  private mutating func readWatched(_ element: XMLElement, into process: inout ProcessConfiguration) {
    let watched = element.children(named: "watch")
    for entry in watched {
      let name = single(entry)
      do {
        let file = try NodeFile(process.name, name)
        if [TreePath.configFile, TreePath.stopProcFile, TreePath.healthFile].contains(file.name) {
          fail(entry, "the file `\(name)` is not the process's to write; watch another one")
        }
      } catch {
        fail(entry, error.description)
      }
      if !process.watchedFiles.contains(name) { process.watchedFiles.append(name) }
    }
  }

  private mutating func readStop(_ element: XMLElement, into process: inout ProcessConfiguration) {
    guard let stop = element.child(named: "stop") else { return }
    if let text = stop[attribute: "signal"], let signal = signal(trimmed(text), stop) {
      process.stopSignal = signal
    }
    if let text = stop[attribute: "grace"] { process.stopGrace = duration(text) }
  }

  private mutating func readBackOff(_ element: XMLElement, into process: inout ProcessConfiguration) {
    guard let entry = element.child(named: "back-off") else { return }
    let standard = BackOff.standard
    let limit = entry[attribute: "limit"].map(duration) ?? standard.limit
    let initial = entry[attribute: "initial"].map(duration) ?? min(standard.initial, limit)
    if limit < initial { fail(entry, "the limit of `back-off` is shorter than its `initial` delay") }
    // Without a delay a program that dies at once would take the machine with it.
    if initial < .milliseconds(10) { fail(entry, "the `initial` delay of `back-off` is shorter than 10ms") }
    process.backOff = BackOff(
      initial: initial, factor: entry[attribute: "factor"].flatMap { Int(trimmed($0)) } ?? standard.factor,
      limit: limit, healthyAfter: entry[attribute: "healthy"].map(duration) ?? standard.healthyAfter,
      jitterPercent: entry[attribute: "jitter"].flatMap { Int(trimmed($0).dropLast()) } ?? 0)
  }

  private mutating func signal(_ text: String, _ element: XMLElement, also: String = "") -> Signal? {
    if let signal = Signal(text) { return signal }
    let isRealTime = ["SIGRT", "RT"].contains { text.uppercased().hasPrefix($0) }
    let what = isRealTime ? "is a real-time signal, and none of them is sent" : "is not a signal"
    fail(element, "`\(text)` \(what); expected a name as SIGHUP\(also)")
    return nil
  }

  /// What else is said of starting it again, and of what becomes of its output.
  private mutating func readRestart(_ element: XMLElement, into process: inout ProcessConfiguration) {
    let codes = element.children(named: "no-restart").compactMap {
      $0[attribute: "exit"].flatMap { Int32(trimmed($0)) }
    }
    process.finalExitCodes = SortedSet(codes)
    if let limit = element.child(named: "start-limit") {
      let window = limit[attribute: "within"].map(duration) ?? .zero
      if window <= .zero { fail(limit, "the time `within` which starts are counted is zero") }
      process.startLimit = StartLimit(
        count: limit[attribute: "count"].flatMap { Int(trimmed($0)) } ?? 0, within: window)
    }
    if let text = element[attribute: "on-agent-exit"], let policy = AgentExitPolicy(rawValue: trimmed(text)) {
      process.onAgentExit = policy
    }
    if let text = element[attribute: "data"], let policy = DataPolicy(rawValue: trimmed(text)) {
      process.data = policy
    }
    if let log = element.child(named: "log") {
      let bytes = log[attribute: "size"].map(amount) ?? UInt64(LogSize.standard.bytes)
      if bytes < 4096 { fail(log, "a log of less than 4096 bytes would be set aside all the time") }
      process.log = LogSize(
        bytes: Int(clamping: bytes),
        keep: log[attribute: "keep"].flatMap { Int(trimmed($0)) } ?? LogSize.standard.keep)
    }
  }

  private mutating func readRights(_ element: XMLElement, into process: inout ProcessConfiguration) {
    process.rights.supplementaryGroups = element.children(named: "supplementary-group").map { single($0) }
    if let text = element[attribute: "umask"] {
      process.rights.umask = UInt32(trimmed(text), radix: 8) ?? 0o022
    }
    if let text = element[attribute: "nice"] { process.rights.nice = Int32(trimmed(text)) ?? 0 }
    process.rights.hasNoNewPrivileges = element[attribute: "no-new-privileges"].map(trimmed) == "yes"
    for entry in element.children(named: "limit") {
      guard let limit = ProcessRights.Limit(rawValue: trimmed(entry[attribute: "name"] ?? "")) else { continue }
      let soft = amount(entry[attribute: "soft"] ?? "")
      let hard = entry[attribute: "hard"].map(amount) ?? soft
      if soft > hard { fail(entry, "the soft limit of `\(limit.rawValue)` is above the hard one") }
      if process.rights.limits[limit] != nil { fail(entry, "the limit of `\(limit.rawValue)` is given twice") }
      process.rights.limits[limit] = ProcessRights.Bounds(soft: soft, hard: hard)
    }
  }

  /// A number, with a unit of 1024, 1024² or 1024³ behind it.
  func amount(_ text: String) -> UInt64 {
    let text = trimmed(text)
    if text == "infinity" { return ProcessRights.Bounds.infinity }
    let units: SortedMap<Character, UInt64> = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30]
    guard let unit = text.last.flatMap({ units[$0] }) else { return UInt64(text) ?? 0 }
    let (product, isTooMuch) = (UInt64(text.dropLast()) ?? 0).multipliedReportingOverflow(by: unit)
    return isTooMuch ? ProcessRights.Bounds.infinity : product
  }

  /// The schema has checked the form: a number with up to three decimals and a unit, seconds if there is none.
  func duration(_ text: String) -> Duration {
    let text = trimmed(text)
    let number = text.prefix { $0.isNumber || $0 == "." }
    let parts = number.split(separator: ".")
    let whole = Int64(parts.first ?? "0") ?? 0
    let decimals = parts.count > 1 ? String(parts[1]) : ""
    let thousandths = Int64(decimals + String(repeating: "0", count: max(0, 3 - decimals.count))) ?? 0
    let unit: Int64 =
      switch text.dropFirst(number.count) {
      case "ms": 1
      case "m": 60_000
      case "h": 3_600_000
      default: 1000
      }
    return .milliseconds(whole * unit + thousandths * unit / 1000)
  }

  private mutating func optional(_ element: XMLElement, _ name: String) -> String? {
    guard let text = element.child(named: name).map({ single($0) }), !text.isEmpty else { return nil }
    return text
  }

  mutating func single(_ element: XMLElement) -> String { checked(trimmed(element.text), element) }

  /// The kernel ends strings at a NUL; XML has none, but nothing here relies on that.
  mutating func checked(_ text: String, _ element: XMLElement) -> String {
    if text.utf8.contains(0) { fail(element, "`\(element.name)` has a NUL character") }
    return text
  }

  func trimmed(_ text: String) -> String {
    let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\n" || $0 == "\r" || $0 == "\r\n" }
    return String(text.drop(while: isBlank).reversed().drop(while: isBlank).reversed())
  }

  mutating func fail(_ element: XMLElement, _ message: String) {
    errors.append(NodeSchemaError(line: element.line, message))
  }
}
