/// Lines of mdoc(7), built up section by section.
struct MdocText {
  private(set) var text = ""

  mutating func title(_ name: String, abstract: String) {
    macro("Dd \(Version.date)")
    macro("Dt \(name.uppercased()) 1")
    macro("Os")
    macro("Sh NAME")
    macro("Nm \(name)")
    macro(
      "Nd \(Self.argument(String(abstract.hasSuffix(".") ? abstract.dropLast() : abstract[...]).lowercasedFirst))"
    )
  }

  mutating func synopsis(
    of command: CommandDescription, arguments: [CommandDescription.Argument], hasSubcommands: Bool
  ) {
    macro("Sh SYNOPSIS")
    macro("Nm dmake" + (command.commandName == "dmake" ? "" : " \(command.commandName)"))
    for argument in arguments where argument.isShownInSynopsis {
      let form = Self.synopsis(argument)
      macro(argument.isOptional || argument.kind != .positional ? "Op \(form)" : form)
    }
    if hasSubcommands {
      macro("Ar command")
      macro("Op Ar option ...")
    }
  }

  mutating func description(_ discussion: Discussion, arguments: [CommandDescription.Argument]) {
    macro("Sh DESCRIPTION")
    for (position, paragraph) in discussion.paragraphs.enumerated() {
      if position > 0 { macro("Pp") }
      line(paragraph)
    }
    if !discussion.paragraphs.isEmpty { macro("Pp") }
    line("The arguments are as follows:")
    macro("Bl -tag -width Ds")
    for argument in arguments {
      macro("It \(Self.heading(argument))")
      line(argument.abstract ?? "")
      if let discussion = argument.discussion { line(discussion) }
      if let values = argument.allValues, !values.isEmpty { line("One of \(values.joined(separator: ", ")).") }
      if let value = argument.defaultValue { line("The default is \(value).") }
    }
    macro("El")
  }

  mutating func commands(_ commands: [CommandDescription]) {
    macro("Ss Commands")
    macro("Bl -tag -width Ds")
    for command in commands {
      macro("It Xr dmake-\(command.commandName) 1")
      line(command.abstract ?? "")
    }
    macro("El")
  }

  mutating func examples(_ discussion: Discussion) {
    if discussion.examples.isEmpty { return }
    macro("Sh EXAMPLES")
    macro("Bd -literal")
    for example in discussion.examples { literal(Self.escaped(example)) }
    macro("Ed")
  }

  mutating func seeAlso(_ names: [String]) {
    macro("Sh SEE ALSO")
    let pages =
      (names + ["make"]).sorted().map { ($0, 1) } + [("dmake-allow", 5), ("dmake-config", 5), ("dmakefile", 5)]
    for (position, page) in pages.enumerated() {
      macro("Xr \(page.0) \(page.1)" + (position < pages.count - 1 ? " ," : ""))
    }
  }

  /// A tagged list; `macroName` is what each name is to mdoc.
  mutating func list(_ macroName: String, _ entries: [(name: String, meaning: String)]) {
    macro("Bl -tag -width Ds")
    for entry in entries {
      macro("It \(macroName) \(entry.name)")
      line(entry.meaning)
    }
    macro("El")
  }

  mutating func macro(_ text: String) { self.text += ".\(text)\n" }

  /// Text, a sentence a line or more: a leading dot or apostrophe would be a macro, a backslash an escape.
  mutating func line(_ text: String) {
    for sentence in text.replacing(". ", with: ".\n").split(separator: "\n", omittingEmptySubsequences: false) {
      for line in Self.wrapped(Self.escaped(sentence)) { literal(line) }
    }
  }

  /// A line as it is.
  mutating func literal(_ line: String) {
    text += (line.hasPrefix(".") || line.hasPrefix("'") ? "\\&" : "") + line + "\n"
  }

  /// mandoc's style wants lines of at most 80 bytes.
  private static func wrapped(_ text: String) -> [String] {
    text.split(separator: " ").reduce(into: [String]()) { lines, word in
      if let last = lines.last, last.utf8.count + word.utf8.count < 80 {
        lines[lines.count - 1] = last + " " + word
      } else {
        lines.append(String(word))
      }
    }
  }

  private static func escaped(_ text: some StringProtocol) -> String {
    String(text).replacing("\\", with: "\\e").replacing("`", with: "\\(ga").replacing("'", with: "\\(aq")
      .replacing("–", with: "\\(en").replacing("…", with: "\\&...")
  }

  /// Macro arguments: words that are macros themselves (`Or`, `No`) do not occur in the texts' first words.
  private static func argument(_ text: String) -> String { escaped(text).replacing("\"", with: "\\(dq") }

  private static func heading(_ argument: CommandDescription.Argument) -> String {
    guard let names = argument.names, !names.isEmpty else { return "Ar \(argument.valueName ?? "argument")" }
    let flags = names.map { "Fl \($0.kind == .long ? "-" : "")\($0.name)" }.joined(separator: " , ")
    return argument.kind == .option ? "\(flags) Ar \(argument.valueName ?? "value")" : flags
  }

  private static func synopsis(_ argument: CommandDescription.Argument) -> String {
    let value = argument.valueName ?? "value"
    guard let name = argument.names?.first(where: { $0.kind == .long }) ?? argument.names?.first else {
      return "Ar \(value)"
    }
    let flag = "Fl \(name.kind == .long ? "-" : "")\(name.name)"
    return argument.kind == .option ? "\(flag) Ar \(value)" : flag
  }
}

extension CommandDescription.Argument {
  fileprivate var isShownInSynopsis: Bool { names?.contains { $0.name == "help" } != true }
}

extension String {
  fileprivate var lowercasedFirst: String { prefix(1).lowercased() + dropFirst() }
}
