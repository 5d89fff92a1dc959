import Model

/// References to variables with DMake's prefix that neither DMake nor the policy defines: make would read them as
/// nothing, and a rule over all nodes would be a rule over none.
struct OwnVariables {
  private static let prefix = "DMAKE_"
  private static let names: SortedSet<String> = [
    "DMAKE_ASSIGN", "DMAKE_BUNDLE", "DMAKE_NEWLINE", "DMAKE_NODES", "DMAKE_PART", "DMAKE_PROCS", "DMAKE_RUN",
    "DMAKE_TARGET",
  ]
  private static let families = ["DMAKE_PROCS_", "DMAKE_NODES_WITH_"]

  /// All makefiles count, for one may define what another reads.
  private let text: PolicyText

  init(_ text: PolicyText) { self.text = text }

  var findings: [Diagnostic] {
    let defined = self.defined
    let processes = ConfiguredProcesses(text).names
    return text.files.flatMap { file in
      let source = file.source
      return file.lines.filter { $0.kind != .comment }.flatMap { line in
        references(source.bytes, line.range).filter { !defined.contains($0.name) }.compactMap { name, index in
          if !isKnown(name) { return finding(source, name, at: index) }
          return placeholder(source, name, at: index) ?? process(source, name, at: index, processes)
        }
      }
    }
  }

  private func isKnown(_ name: String) -> Bool {
    Self.names.contains(name) || Self.families.contains { name.hasPrefix($0) }
  }

  /// The names by which the manual speaks of the families.
  private func placeholder(_ source: SourceText, _ name: String, at index: Int) -> Diagnostic? {
    guard name == "DMAKE_NODES_WITH_PROC" || name == "DMAKE_PROCS_NODE" else { return nil }
    let isOfProcess = name.hasSuffix("PROC")
    return Diagnostic(
      .unknownVariable, .warning, in: source, at: index..<index + name.utf8.count + 3,
      message: "`\(isOfProcess ? "PROC" : "NODE")` in `\(name)` stands for a name",
      note: "make reads the variable as nothing",
      hint:
        "write the name of a \(isOfProcess ? "process, as `DMAKE_NODES_WITH_web`" : "node, as `DMAKE_PROCS_n1`")"
    )
  }

  /// A name that no process of the policy has. Where the configurations do not tell all of them, only one that cannot
  /// be, or is one of them but for its case or a letter.
  private func process(
    _ source: SourceText, _ name: String, at index: Int, _ processes: SortedSet<String>?
  ) -> Diagnostic? {
    let family = Self.families[1]
    guard name.hasPrefix(family) else { return nil }
    let process = String(name.dropFirst(family.utf8.count))
    let known = processes ?? assumed
    guard !known.contains(process) else { return nil }
    let nearest = Self.nearest(process, in: known)
    let isName = (try? ProcessName(process)) != nil
    guard processes != nil || !isName || nearest != nil else { return nil }
    return Diagnostic(
      .unknownVariable, .warning, in: source, at: index..<index + name.utf8.count + 3,
      message: "no configuration of the policy has a process `\(process)`",
      note: "no node runs it, so `\(name)` is empty",
      hint: nearest.map { "is `\(family)\($0)` meant?" }
        ?? "the processes are \(known.elements.joined(separator: ", "))")
  }

  /// The processes in whose folders the policy's rules read and write.
  private var assumed: SortedSet<String> {
    SortedSet(AssumedMembers(text).processes.flatMap { $1.map(\.text) })
  }

  private static func nearest(_ name: String, in known: SortedSet<String>) -> String? {
    let lower = Array(name.lowercased().utf8)
    return known.map { ($0, GraphCheck.distance(lower, Array($0.utf8))) }
      .filter { $0.1 <= min(2, lower.count / 4) }.min { $0.1 < $1.1 }?.0
  }

  /// Every word with the prefix in a line that may define a variable.
  private var defined: SortedSet<String> {
    var result = SortedSet<String>()
    for file in text.files {
      let source = file.source
      for line in file.lines where ![.recipe, .comment, .blank, .rule].contains(line.kind) {
        let before = source.bytes[line.range].prefix { $0 != Byte.dollar }
        for word in before.split(whereSeparator: { !Self.isOfName($0) }).map(\.text)
        where word.hasPrefix(Self.prefix) {
          result.insert(word)
        }
      }
    }
    return result
  }

  /// `$(NAME` and `${NAME` of make; `$$` is the shell's.
  private func references(_ bytes: [UInt8], _ range: Range<Int>) -> [(name: String, index: Int)] {
    var result: [(name: String, index: Int)] = []
    var next = range.lowerBound
    while next + 1 < range.upperBound {
      guard bytes[next] == Byte.dollar else {
        next += 1
        continue
      }
      if bytes[next + 1] == Byte.openParenthesis || bytes[next + 1] == Byte.openBrace {
        let name = bytes[(next + 2)..<range.upperBound].prefix(while: Self.isOfName)
        // `$(DMAKE_$(X))` is known only when make expands it.
        let isWhole = name.endIndex < range.upperBound && bytes[name.endIndex] != Byte.dollar
        if isWhole, name.text.hasPrefix(Self.prefix) { result.append((name.text, next)) }
      }
      next += 2
    }
    return result
  }

  private static func isOfName(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".") || byte == Byte.minus
      || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7a) || (byte >= 0x30 && byte <= 0x39)
  }

  private func finding(_ source: SourceText, _ name: String, at index: Int) -> Diagnostic {
    Diagnostic(
      .unknownVariable, .warning, in: source, at: index..<index + name.utf8.count + 3,
      message: "there is no variable `\(name)`",
      note: "make reads it as nothing",
      hint:
        "DMake's are DMAKE_NODES, DMAKE_PROCS, DMAKE_PROCS_NODE, DMAKE_NODES_WITH_PROC, DMAKE_BUNDLE and DMAKE_ASSIGN"
    )
  }
}
