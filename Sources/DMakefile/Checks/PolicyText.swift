public import Model

/// A policy's makefiles by their rules, for the checks that look at places and words.
public final class PolicyText: Sendable {
  struct File: Sendable {
    let source: SourceText
    let lines: [LogicalLine]
    /// As ``Makefiles/File/tooDeep``.
    var tooDeep: Int?
    /// In the order of the text.
    let rules: [RuleSite]
  }

  public let bundle: Bundle
  let files: [File]
  private let positions: SortedMap<String, Int>
  /// Whether a program, in a file of its own or in a recipe, may set values by way of `$DMAKE_ASSIGN`.
  let assignsByPrograms: Bool
  /// The bundle's files that are no makefiles and no templates, by their names without folders.
  private let programs: NameSearch
  /// The names of the files that configurations tell agents to report (`<watch>`).
  let watchedFiles: SortedSet<String>
  /// `.ONESHELL`: all lines of a recipe are one text for the shell.
  let isOneShell: Bool
  /// For a target that is written out: its first rule.
  private let byTarget: SortedMap<String, RuleSite>

  public init(_ makefiles: Makefiles) {
    bundle = makefiles.bundle
    files = makefiles.files.map(File.init)
    positions = SortedMap(files.enumerated().map { ($1.source.file, $0) })
    let makefiles = positions
    programs = NameSearch(
      bundle.files.map(\.path).filter {
        makefiles[$0.text] == nil && !$0.text.hasPrefix(Template.folder + "/")
      }.compactMap { $0.components.last.map(String.init) })
    watchedFiles = SortedSet(bundle.files.flatMap { Self.watched(in: $0.content.text) })
    assignsByPrograms = bundle.files.contains { $0.content.bytes.contains(text: "DMAKE_ASSIGN") }
    isOneShell = files.contains { file in
      file.rules.contains { $0.targets.contains { file.source.bytes[$0].elementsEqual(".ONESHELL".utf8) } }
    }
    var byTarget = SortedMap<String, RuleSite>()
    for site in files.flatMap(\.rules) {
      for word in site.targets {
        let text = site.text(word)
        if byTarget[text] == nil { byTarget[text] = site }
      }
    }
    self.byTarget = byTarget
  }

  private static func watched(in text: String) -> [String] {
    var result: [String] = []
    var rest = text[...]
    while let start = rest.firstRange(of: "<watch") {
      rest = rest[start.upperBound...].drop { $0 != ">" }.dropFirst()
      result.append(String(rest.prefix { $0 != "<" }))
    }
    return result
  }

  /// Whether a recipe's text names a program or a data file of the bundle, under whatever folder.
  func namesProgram(_ recipe: String) -> Bool { programs.hasName(in: recipe) }

  var rules: [RuleSite] { files.flatMap(\.rules) }

  /// Whether a makefile names who is there, by a variable of DMake.
  public var namesMembers: Bool {
    files.contains { file in ["DMAKE_NODES", "DMAKE_PROCS"].contains { file.source.bytes.contains(text: $0) } }
  }

  /// Whether recipes are no text for POSIX's shell, a line each: another shell, or all lines in one.
  var runsOtherShells: Bool {
    isOneShell
      || files.contains { file in
        file.lines.contains { line in
          guard line.kind == .variable else { return false }
          let words = MakeText.words(file.source.bytes, line.range)
          guard let first = words.first else { return false }
          return (first.hasPrefix("SHELL") || first.hasPrefix(".SHELLFLAGS"))
            && !["/bin/sh", "/bin/bash", "/usr/bin/bash", "/bin/dash"].contains(words.last)
        }
      }
  }

  /// The line that makes recipes, each as one text, the program of another interpreter than a shell.
  var foreignShell: (source: SourceText, line: LogicalLine, program: String)? {
    guard isOneShell else { return nil }
    for file in files {
      for line in file.lines where line.kind == .variable {
        guard let definition = MakeText.definition(file.source.bytes, line.range),
          file.source.bytes[definition.name].elementsEqual("SHELL".utf8),
          let program = MakeText.words(file.source.bytes, definition.value).first, !program.contains("$"),
          let name = program.split(separator: "/").last, !RecipeCheck.shells.contains(String(name)),
          name != "env"
        else { continue }
        return (file.source, line, program)
      }
    }
    return nil
  }

  subscript(file: String) -> File? { positions[file].map { files[$0] } }

  /// The rule whose recipe, or whose own line, stands at a place.
  func rule(at place: SourcePlace) -> RuleSite? {
    guard let position = positions[place.file] else { return nil }
    let rules = files[position].rules
    var low = 0
    var high = rules.count
    while low < high {
      let middle = (low + high) / 2
      if rules[middle].line.line <= place.line { low = middle + 1 } else { high = middle }
    }
    guard low > 0, rules[low - 1].lines.contains(place.line) else { return nil }
    return rules[low - 1]
  }

  /// The first rule that is written for a target of this name.
  func rule(forTarget name: String) -> RuleSite? { byTarget[HiddenSpace.shown(name)] }
}

extension PolicyText.File {
  init(_ file: Makefiles.File) {
    let (source, lines) = (file.source, file.lines)
    var rules: [RuleSite] = []
    var index = 0
    while index < lines.count {
      defer { index += 1 }
      guard lines[index].kind == .rule, let parts = MakeText.ruleParts(source.bytes, lines[index].range) else {
        continue
      }
      rules.append(Self.site(source, lines, index, parts))
    }
    self.init(source: source, lines: lines, tooDeep: file.tooDeep, rules: rules)
  }

  private static func site(
    _ source: SourceText, _ lines: [LogicalLine], _ index: Int, _ parts: MakeText.RuleParts
  ) -> RuleSite {
    let line = lines[index]
    var recipe = parts.recipe.map { [$0] } ?? []
    var end = index + 1 < lines.count ? lines[index + 1].line : source.lineCount + 1
    for (number, other) in lines[(index + 1)...].enumerated() {
      guard [.recipe, .blank, .comment, .conditional].contains(other.kind) else { break }
      guard other.kind == .recipe else { continue }
      recipe.append(other.range.lowerBound + 1..<other.range.upperBound)
      let next = index + number + 2
      end = next < lines.count ? lines[next].line : source.lineCount + 1
    }
    // `TARGETS: PATTERN: PREREQUISITES`
    let pattern = MakeText.ruleParts(source.bytes, parts.prerequisites)
    let prerequisites = pattern?.prerequisites ?? parts.prerequisites
    return RuleSite(
      source: source, line: line,
      targets: RuleWords(source.bytes, MakeText.wordRanges(source.bytes, parts.targets)),
      prerequisites: RuleWords(source.bytes, MakeText.wordRanges(source.bytes, prerequisites)),
      isStaticPattern: pattern != nil,
      recipe: recipe,
      lines: line.line..<end)
  }
}
