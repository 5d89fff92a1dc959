import Model

/// What `apply` and `lint` find in a bundle before make is asked.
public enum PolicyCheck {
  /// A DMakefile is read by people; data belongs into files of its own.
  public static let policyLimitBytes = 1 << 20
  /// How deep references may stand in each other; no person writes deeper ones.
  public static let depthLimit = 200

  /// What is wrong with a policy's makefiles as files. With an error among it nobody can say what their text means.
  public static func fileFindings(of text: PolicyText) -> [Diagnostic] {
    guard let policy = text.files.first else {
      return [
        Diagnostic(
          .missingPolicy, file: Bundle.policyFile, line: 0, message: "the bundle has no `\(Bundle.policyFile)`",
          note: "a bundle is activated as a whole, and its rules are in this file",
          hint: "name a folder with a file `\(Bundle.policyFile)`")
      ]
    }
    let findings = file(policy)
    return findings.hasErrors ? findings : findings + text.files.dropFirst().flatMap(file)
  }

  /// What is wrong with a policy's text, sorted.
  ///
  /// - Parameter isProgram: whether there is a program of this name, or at this path; without it only the bundle's
  ///   own programs are looked at.
  public static func textFindings(
    of text: PolicyText, _ translation: Translation, isProgram: ((String) -> Bool)? = nil
  ) -> [Diagnostic] {
    (translation.diagnostics + words(text) + rules(text, translation, isProgram)
      + foreignShell(text, translation))
      .sorted()
  }

  /// Recipes for another interpreter, in which a tag would be a quoted variable of a shell.
  private static func foreignShell(_ text: PolicyText, _ translation: Translation) -> [Diagnostic] {
    let hasTags = translation.tags.contains { if case .recipe = $0.role { true } else { false } }
    guard hasTags, let (source, line, program) = text.foreignShell else { return [] }
    return [
      Diagnostic(
        .foreignShell, .error, in: source, at: line.range,
        message: "recipes are text for `\(program)`, in which tags are no values",
        note: "a tag in a recipe becomes a quoted variable of a POSIX shell",
        hint: "read the files of values, as `$<` and `$^` name them, or put the program into the bundle")
    ]
  }

  /// All that can be found without make.
  public static func diagnostics(of bundle: Bundle) -> [Diagnostic] {
    let makefiles = Makefiles(bundle)
    return diagnostics(of: makefiles, Translator.translate(makefiles))
  }

  /// As ``diagnostics(of:)``, of makefiles that are translated.
  public static func diagnostics(of makefiles: Makefiles, _ translation: Translation) -> [Diagnostic] {
    let text = PolicyText(makefiles)
    let files = fileFindings(of: text)
    return files.hasErrors ? files : files + textFindings(of: text, translation)
  }

  private static func words(_ text: PolicyText) -> [Diagnostic] {
    text.files.flatMap { BundleNames($0, text.bundle).findings } + OwnVariables(text).findings
      + ReferenceCheck(text).findings + UndefinedVariables(text).findings + ShellFunctionCheck(text).findings
  }

  private static func rules(
    _ text: PolicyText, _ translation: Translation, _ isProgram: ((String) -> Bool)?
  ) -> [Diagnostic] {
    let localRules = SortedSet(
      translation.annotations.filter { $0.kind == .local }
        .compactMap { annotation in
          annotation.ruleLines.map { SourcePlace(file: annotation.place.file, line: $0.lowerBound) }
        })
    let lost = SortedSet(
      translation.diagnostics.filter { $0.code == .lostTab }.map { SourcePlace(file: $0.file, line: $0.line) })
    var known = SortedMap<String, Bool>()
    func isKnownProgram(_ name: String) -> Bool {
      if let answer = known[name] { return answer }
      let answer = isProgram?(name) ?? true
      known[name] = answer
      return answer
    }
    let programs = text.runsOtherShells || isProgram == nil ? nil : isKnownProgram
    return text.rules.flatMap { site -> [Diagnostic] in
      let recipe = RecipeCheck(text, site, isLocal: localRules.contains(site.place))
      let isLost = lost.contains(SourcePlace(file: site.source.file, line: site.lines.upperBound))
      return (isLost ? [] : withoutRecipe(site)) + recipe.agreementFindings + recipe.valueFindings
        + recipe.programFindings(programs) + recipe.wildcardFindings + recipe.timeFindings
        + recipe.meaningFindings
    }
  }

  /// A pattern without a recipe, which in make says that there is no such implicit rule.
  private static func withoutRecipe(_ site: RuleSite) -> [Diagnostic] {
    guard site.recipe.isEmpty, !site.isStaticPattern,
      let target = site.targets.first(where: { site.source.bytes[$0].contains(Byte.percent) }),
      !site.text(target).contains("$")
    else { return [] }
    return [
      Diagnostic(
        .patternWithoutRecipe, .warning, in: site.source, at: target,
        message: "the pattern `\(site.text(target))` has no recipe, so it makes nothing",
        note: "for make such a line takes a pattern rule away; it does not add prerequisites to one",
        hint: "write a recipe below it, or put the prerequisites into the line of the rule that has one")
    ]
  }

  private static func file(_ file: PolicyText.File) -> [Diagnostic] {
    let source = file.source
    let (name, bytes) = (source.file, source.bytes)
    if bytes.count > policyLimitBytes {
      return [
        Diagnostic(
          .tooLarge, file: name, line: 0,
          message: "the file has \(bytes.count) bytes; at most \(policyLimitBytes) are allowed",
          hint: "put data into files beside it, which rules read")
      ]
    }
    if let index = file.tooDeep {
      let position = source.position(of: index)
      return [
        Diagnostic(
          .tooDeep, file: name, line: position.line, column: position.column,
          message: "more than \(depthLimit) references and parentheses stand in each other",
          note: "make and the shell would need a part of their stack for each",
          hint: "give the inner parts names of their own, as variables")
      ]
    }
    if let index = bytes.firstIndex(of: 0) {
      let position = source.position(of: index)
      return [
        Diagnostic(
          .nulByte, file: name, line: position.line, column: position.column, message: "there is a NUL byte",
          note: "make would read the line only up to it", hint: "is this the text of a DMakefile?")
      ]
    }
    if let index = firstInvalid(bytes) {
      let position = source.position(of: index)
      return [
        Diagnostic(
          .notUTF8, file: name, line: position.line, column: position.column, message: "the text is not UTF-8",
          hint: "convert it, as with `iconv -t UTF-8`")
      ]
    }
    if name == Bundle.policyFile,
      file.lines.allSatisfy({ $0.kind == .blank || $0.kind == .comment })
    {
      return [
        Diagnostic(
          .emptyPolicy, file: name, line: 0, message: "the policy is empty",
          note: "to activate it would remove all configurations",
          hint: "write at least one rule; to stop processes, write a rule that says so")
      ]
    }
    return []
  }

  /// The first byte that is not UTF-8.
  private static func firstInvalid(_ bytes: [UInt8]) -> Int? {
    var decoder = UTF8()
    var iterator = bytes.makeIterator()
    var valid = 0
    while true {
      switch decoder.decode(&iterator) {
      case .scalarValue(let scalar): valid += UTF8.width(scalar)
      case .emptyInput: return nil
      case .error: return valid
      }
    }
  }
}
