import Model

/// Finds what is wrong with the recipes of a policy's rules as text of the shell.
struct RecipeCheck {
  /// A line of a recipe with the commands in it.
  struct Line {
    let range: Range<Int>
    var commands: [ShellCommand] = []
    /// Those of scripts in its words: `sh -c '…'`.
    var inner: [ShellCommand] = []
    /// The functions that it defines.
    var functions: [String] = []
    /// `<<WORD` where the document cannot follow, since the shell gets this line alone.
    var documents: [Range<Int>] = []
    /// It is `X{tag}=Y`, which no shell sees.
    var isAssignment = false
  }

  let text: PolicyText
  let site: RuleSite
  let lines: [Line]
  /// A node's agent runs it, so that no two replicas need to agree.
  let isLocal: Bool

  init(_ text: PolicyText, _ site: RuleSite, isLocal: Bool) {
    self.text = text
    self.site = site
    self.isLocal = isLocal
    lines = Self.lines(of: site, isOneShell: text.isOneShell)
  }

  private static func lines(of site: RuleSite, isOneShell: Bool) -> [Line] {
    let bytes = site.source.bytes
    var contexts: [RecipeTagFinder.Context] = []
    return site.recipe.map { range in
      let isInside = !contexts.isEmpty
      if isOneShell { contexts = RecipeTagFinder(bytes, range, in: contexts).contexts }
      // The text of a document, or of quotes that a line before has opened, is no command.
      if isInside { return Line(range: range) }
      if AssignmentLine(bytes, range) != nil { return Line(range: range, isAssignment: true) }
      let scanner = ShellScanner(bytes, range)
      return Line(
        range: range, commands: scanner.commands, inner: inner(bytes, scanner.commands),
        functions: scanner.functions, documents: isOneShell ? [] : scanner.documents)
    }
  }

  var bytes: [UInt8] { site.source.bytes }

  func text(_ range: Range<Int>) -> String { bytes[range].text }

  /// A command's name without quotes; of `$(DMAKE_BUNDLE)/NAME` the name in the bundle.
  func name(_ word: Range<Int>) -> String {
    let text = self.text(word).filter { $0 != "\"" && $0 != "'" }
    for prefix in ["/usr/bin/", "/bin/", "/usr/local/bin/"] where text.hasPrefix(prefix) {
      return String(text.dropFirst(prefix.utf8.count))
    }
    return text
  }

  /// The words that name the program which a command starts: its first, and what `env`, `timeout` and the like start.
  func programs(_ command: ShellCommand) -> [Range<Int>] {
    guard let first = command.words.first else { return [] }
    let wrappers: SortedSet<String> = [
      "command", "env", "exec", "nice", "nohup", "setsid", "stdbuf", "sudo", "timeout", "xargs",
    ]
    guard wrappers.contains(name(first)) else { return [first] }
    let inner = command.words.dropFirst().first { word in
      let bytes = self.bytes[word]
      return bytes.first != Byte.minus && !ShellScanner.isAssignment(bytes)
        && bytes.first.map { $0 < 0x30 || $0 > 0x39 } == true
    }
    return [first] + (inner.map { [$0] } ?? [])
  }

  func finding(
    _ code: DiagnosticCode, _ range: Range<Int>, _ message: String, note: String? = nil, hint: String? = nil
  ) -> Diagnostic {
    Diagnostic(code, .warning, in: site.source, at: range, message: message, note: note, hint: hint)
  }

  static let shells: SortedSet<String> = ["ash", "bash", "dash", "ksh", "sh", "zsh"]

  /// The commands of scripts that are words: `sh -c '…'`.
  private static func inner(_ bytes: [UInt8], _ commands: [ShellCommand]) -> [ShellCommand] {
    commands.flatMap { command -> [ShellCommand] in
      guard let shell = command.words.firstIndex(where: { shells.contains(bytes[$0].text) }),
        let option = command.words[shell...].firstIndex(where: { bytes[$0].elementsEqual("-c".utf8) }),
        option + 1 < command.words.count
      else { return [] }
      let word = command.words[option + 1]
      guard word.count > 2, "'\"".utf8.contains(bytes[word.lowerBound]) else { return [] }
      return ShellScanner.commands(in: bytes, word.lowerBound + 1..<word.upperBound - 1)
    }
  }
}
