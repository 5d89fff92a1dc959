import Model

/// What replicas that run the same rule would not agree on: the clock, chance, the machine and the network.
extension RecipeCheck {
  var agreementFindings: [Diagnostic] {
    guard !isLocal else { return [] }
    return lines.flatMap { line -> [Diagnostic] in
      guard !line.isAssignment else { return [] }
      return (line.commands + line.inner).flatMap(commandFindings) + wordFindings(line.range)
        + processNumbers(line)
    }
  }

  private func commandFindings(_ command: ShellCommand) -> [Diagnostic] {
    programs(command).compactMap { word in
      let name = self.name(word)
      // A program of the bundle comes first in PATH.
      guard text.bundle[name] == nil, let source = source(name, command) else { return nil }
      return disagreement(word, "`\(name)` depends on \(source)")
    }
  }

  private func disagreement(_ range: Range<Int>, _ what: String) -> Diagnostic {
    finding(
      .notDeterministic, range, "\(what), on which replicas do not agree",
      note:
        "every leader runs the rule, and a leader that comes back runs it again: the results must be the same",
      hint: "let a process write it into its state.xml and read it from there, or mark the rule `[local]`")
  }

  /// What a program reads that is not the same everywhere; nil if nothing is known of it.
  private func source(_ name: String, _ command: ShellCommand) -> String? {
    let arguments = command.words.dropFirst().map(text)
    func has(_ options: [String]) -> Bool { arguments.contains { options.contains($0) } }
    func begins(_ option: String) -> Bool { arguments.contains { $0.hasPrefix(option) } }
    switch name {
    case "date":
      return begins("-d") || begins("-ud") || begins("--date") || begins("-r") || begins("--ref")
        ? nil : "the clock"
    case "uptime": return "the clock"
    case "hostname", "hostnamectl": return "the name of the machine"
    case "uname": return has(["-n", "-a", "--nodename", "--all"]) ? "the name of the machine" : nil
    case "ps", "pgrep", "top", "free", "vmstat", "nproc": return "what else the machine does"
    case "uuidgen": return "chance"
    case "shuf": return begins("--random-source") ? nil : "chance"
    case "sort": return has(["-R", "--random-sort"]) && !begins("--random-source") ? "chance" : nil
    case "mktemp":
      return command.outer.map { ["echo", "printf"].contains(self.name($0)) } == true ? "chance" : nil
    case "curl", "wget", "nc", "ncat", "netcat", "telnet", "ssh", "scp", "sftp", "ping", "ping6", "dig",
      "nslookup":
      return "the network"
    case "awk", "gawk", "mawk": return awk(arguments)
    case "python", "python3", "perl", "ruby": return script(arguments)
    default: return nil
    }
  }

  private func awk(_ arguments: [String]) -> String? {
    let program = arguments.joined(separator: " ")
    if program.contains("systime()") || program.contains("strftime()") { return "the clock" }
    let isSeeded = program.ranges(of: "srand(").contains { !program[$0.upperBound...].hasPrefix(")") }
    if program.contains("rand()"), !isSeeded { return "chance" }
    return nil
  }

  /// The text of a script that is an argument.
  private func script(_ arguments: [String]) -> String? {
    guard arguments.contains(where: { ["-c", "-e"].contains($0) }) else { return nil }
    let program = arguments.joined(separator: " ")
    func has(_ words: [String]) -> Bool { words.contains { program.contains($0) } }
    if has(["time.time()", "datetime.now(", "datetime.today(", "Time.now", "localtime(", "time.monotonic("]) {
      return "the clock"
    }
    if has(["uuid.uuid1(", "uuid.uuid4(", "os.urandom(", "secrets.", "SecureRandom"]) { return "chance" }
    let isRandom = has(["random.random(", "random.choice(", "random.randint(", "random.shuffle("])
    if isRandom, !has(["random.seed("]) { return "chance" }
    if has(["gethostname("]) { return "the name of the machine" }
    return nil
  }

  private static let variables: [(name: String, source: String)] = [
    ("RANDOM", "chance"), ("SRANDOM", "chance"), ("SECONDS", "the clock"), ("EPOCHSECONDS", "the clock"),
    ("EPOCHREALTIME", "the clock"), ("HOSTNAME", "the name of the machine"),
  ]

  /// Words that mean something wherever they stand in a line.
  private func wordFindings(_ range: Range<Int>) -> [Diagnostic] {
    var result: [Diagnostic] = []
    for index in range {
      if bytes[index] == Byte.slash, index == range.lowerBound || !TagText.continuesFile(bytes[index - 1]) {
        for device in ["/dev/urandom", "/dev/random"] where bytes.starts(with: device, at: index) {
          result.append(disagreement(index..<index + device.utf8.count, "`\(device)` depends on chance"))
        }
      }
      guard bytes[index] == Byte.dollar, bytes.starts(with: "$$", at: index), index + 2 < range.upperBound,
        index == range.lowerBound || bytes[index - 1] != Byte.dollar
      else { continue }
      let isBraced = bytes[index + 2] == Byte.openBrace
      let start = index + (isBraced ? 3 : 2)
      guard start < range.upperBound else { continue }
      let name = bytes[start..<range.upperBound].prefix(while: ShellScanner.isOfName).text
      if let variable = Self.variables.first(where: { $0.name == name }), !isAssigned(name) {
        result.append(
          disagreement(index..<start + name.utf8.count, "`\(name)` depends on \(variable.source)"))
      }
    }
    return result
  }

  /// Whether the recipe gives the shell's variable a value of its own.
  private func isAssigned(_ name: String) -> Bool {
    lines.contains { line in
      line.commands.contains { command in
        command.assignments.contains { text($0).hasPrefix(name + "=") }
      }
    }
  }

  /// `$$` of the shell where it is printed; in the name of a temporary file it does no harm.
  private func processNumbers(_ line: Line) -> [Diagnostic] {
    line.commands.flatMap { command -> [Diagnostic] in
      guard let first = command.words.first, ["echo", "printf"].contains(name(first)) else { return [] }
      return command.words.dropFirst().filter { text($0).contains("$$$$") }
        .map { disagreement($0, "`$$$$` depends on the number of the shell's process") }
    }
  }
}
