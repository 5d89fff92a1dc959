import GroupProtocol
import Model
import Supervision

/// The words of a scenario's commands.
enum ScenarioLine {
  private static let timing = Timing(
    tick: .seconds(1), leaseTicks: 15, heartbeat: .seconds(1), fence: .seconds(8))

  /// Separated by spaces; what stands in double quotes is one word without them.
  static func words(_ line: String) -> [String] {
    var words: [String] = []
    var word = ""
    var isQuoted = false
    for character in line {
      switch character {
      case "\"": isQuoted.toggle()
      case " " where !isQuoted:
        if !word.isEmpty { words.append(word) }
        word = ""
      default: word.append(character)
      }
    }
    return word.isEmpty ? words : words + [word]
  }

  static func content(_ word: String) -> Content? { word == "absent" ? nil : Content(word) }

  static func number(_ words: [String], _ key: String) -> UInt64? {
    words.first { $0.hasPrefix(key + "=") }.flatMap { UInt64($0.dropFirst(key.count + 1)) }
  }

  static func end(_ word: String) throws -> ProcessEnd {
    let parts = word.split(separator: ":")
    switch (parts[0], parts.dropFirst().first.flatMap { Int32($0) }) {
    case ("exit", .some(let code)): return .exited(code: code)
    case ("signal", .some(let signal)): return .signalled(signal)
    case ("unknown", _): return .unknown
    default: throw AgentScenario.Problem(description: "`\(word)` is no end of a process")
    }
  }

  static func question(_ word: String) throws -> ProbeRequest.Question {
    switch word {
    case "readiness": return .readiness
    case "liveness": return .liveness
    default: throw AgentScenario.Problem(description: "`\(word)` is no question")
    }
  }

  static func message(_ name: String, _ words: [String]) throws -> LeaderMessage {
    switch name {
    case "welcome":
      return .welcome(
        Welcome(
          epoch: number(words, "epoch") ?? 1, acknowledged: number(words, "acknowledged") ?? 0,
          resend: words.contains("resend"), holdings: words.contains("holdings"), timing: Self.timing))
    case "refuse": return .refused(words[0], isFinal: words.contains("final"))
    case "acknowledged": return .acknowledged(sequence: UInt64(words[0]) ?? 0)
    case "answered": return .answered(heartbeat: UInt64(words[0]) ?? 0)
    case "configure":
      let files = try words.map(file)
      return .configure(
        Configuration(stamp: files.map(\.stamp).max() ?? .zero, seen: 0, files: files))
    case "interest":
      return .interest(
        words == ["everything"] ? .everything : NodeInterest(files: SortedMap(try words.map(interest))))
    case "local": return try local(words)
    default: throw AgentScenario.Problem(description: "`\(name)` is no command")
    }
  }

  /// `none`, or `POLICY [bundle] since=EPOCH.INDEX FILE…`.
  private static func local(_ words: [String]) throws -> LeaderMessage {
    let since = words.first { $0.hasPrefix("since=") }?.dropFirst(6).split(separator: ".") ?? []
    let stamp = Stamp(
      epoch: since.first.flatMap { UInt64($0) } ?? 0, index: since.last.flatMap { UInt64($0) } ?? 0)
    if words.first == "none" { return .local(LocalPart(policy: nil, since: stamp, files: []), nil) }
    let bundle = policy(words[0])
    let files = try words.dropFirst().filter { $0.contains("/") }.map { try NodeFile($0) }
    return .local(
      LocalPart(policy: bundle.digest, since: stamp, files: SortedSet(files)),
      words.contains("bundle") ? bundle : nil)
  }

  /// A policy that is a name.
  private static func policy(_ name: String) -> Bundle {
    let path = try? TreePath(Bundle.policyFile)
    return Bundle(
      files: path.map { [Bundle.File(path: $0, isExecutable: false, content: Content(name))] } ?? [])
  }

  /// `[PATH=TEXT]… [remove=PATH]… [handled] [reads=FILE{TAG,TAG}]… [retry=TICK]`: what the local round that
  /// was asked for last came to.
  static func result(of request: RoundRequest, _ words: [String]) throws -> RoundResult {
    var changes: [TreeChange] = []
    var reads: [(TreePath, FileInterest)] = []
    for word in words {
      let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2, parts[0] != "retry" else { continue }
      switch parts[0] {
      case "remove": changes.append(TreeChange(try TreePath(parts[1]), nil))
      case "reads":
        let tags = parts[1].split { "{,}".contains($0) }.map(String.init)
        reads.append((try TreePath(tags[0]), tags.count == 1 ? .whole : .tags(SortedSet(tags.dropFirst()))))
      default: changes.append(TreeChange(try TreePath(parts[0]), Content(parts[1])))
      }
    }
    let problem = number(words, "retry").map {
      RuleProblem(
        kind: .failed, place: nil, target: "n1/web/config.xml", message: "it failed", attempts: 1, retryAt: $0)
    }
    return RoundResult(
      index: request.index, changes: changes,
      handled: words.contains("handled") ? request.events.map(\.identity) : [],
      problems: problem.map { [$0] } ?? [], provenance: [], memory: [],
      interest: reads.isEmpty ? nil : Interest(files: SortedMap(reads)), passes: 1)
  }

  /// `FILE` as a whole, or `FILE{TAG,TAG…}`.
  private static func interest(_ word: String) throws -> (NodeFile, FileInterest) {
    let parts = word.split { "{,}".contains($0) }.map(String.init)
    return (try NodeFile(parts[0]), parts.count == 1 ? .whole : .tags(SortedSet(parts.dropFirst())))
  }

  /// `FILE@EPOCH.INDEX=TEXT`, or `=absent` for a removal.
  private static func file(_ word: String) throws -> Configuration.File {
    let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
    let place = parts[0].split(separator: "@").map(String.init)
    let stamp = place.last?.split(separator: ".").compactMap { UInt64($0) } ?? []
    guard parts.count == 2, place.count == 2, stamp.count == 2 else {
      throw AgentScenario.Problem(description: "`\(word)` is no FILE@EPOCH.INDEX=TEXT")
    }
    return Configuration.File(
      file: try NodeFile(place[0]), stamp: Stamp(epoch: stamp[0], index: stamp[1]), content: content(parts[1]))
  }
}
