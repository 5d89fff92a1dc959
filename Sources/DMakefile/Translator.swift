import Model

/// Turns a DMakefile into the text that GNU make reads.
///
/// A line of the source is the same line of the translation, in the same file, so that make's own messages name the
/// author's places; what needs lines of its own stands behind the last one. In short:
///
/// - `X{tag}` as a prerequisite is the file `.dmake/values/X/~TAG`, as a target `.dmake/outputs/X/~TAG`
///   (``HiddenSpace`` says why they differ). Where X has a variable, `$(patsubst …)` puts every word of it there.
/// - `X{tag}` in a recipe is the environment variable `DMAKE_Vn` in double quotes; behind the last line
///   `TARGETS: private export DMAKE_Vn = $(file <…)` reads it when the recipe starts. The value is never text of
///   make or of a shell. `%` in a recipe's X is `$*`.
/// - A recipe line `X{tag}=Y` is a `$(file >…)`: make writes it itself and starts no process. `make -n` and
///   `make -pq` expand recipes too, so that it does nothing unless `DMAKE_RUN` is set.
/// - `$(NAME)` and `$(call NAME,…)` as a line of a recipe are `$(DMAKE_Cn)` if the text of NAME has tags: that text,
///   translated for this rule, stands behind the last line.
/// - In text that `$(eval …)` reads, whose rules have no lines of their own, what stands behind the last line
///   otherwise stands before the rule.
/// - Annotations are blank lines.
///
/// It never throws on what a user wrote: whatever cannot be translated stays as it is, with a diagnostic.
public enum Translator {
  /// Translates the bundle's DMakefile and the makefiles of the bundle that it includes by name.
  public static func translate(bundle: Bundle) -> Translation { translate(Makefiles(bundle)) }

  /// As ``translate(bundle:)``, of makefiles that were split into lines before.
  public static func translate(_ makefiles: Makefiles) -> Translation {
    let facts = PolicyFacts(makefiles)
    var state = TranslationState()
    var files: [FileTranslator] = []
    for file in makefiles.files {
      var translator = FileTranslator(file.source, file.lines, facts, state: state)
      translator.run()
      state = translator.state
      files.append(translator)
    }
    return Translation(
      files: files.map { .init(path: $0.source.file, bytes: $0.translated) },
      tags: state.tags, assignments: state.assignments, annotations: state.annotations,
      diagnostics: SortedSet(state.diagnostics).elements, isTransparent: files.allSatisfy(\.isTransparent))
  }
}

/// What the files of one translation have in common: everything that is numbered or collected.
struct TranslationState {
  var tags: [TagReference] = []
  var assignments: [AssignmentSite] = []
  var annotations: [Annotation] = []
  var diagnostics: [Diagnostic] = []
  var ruleCount = 0
  /// How many `DMAKE_Vn` there are.
  var environmentCount = 0
  /// How many canned recipes were written out for rules.
  var cannedCount = 0
  /// How many bytes of canned recipes have been looked at.
  var cannedWork = 0

  /// Takes back what was added since this was `earlier`, but for the work that it was.
  mutating func rewind(to earlier: Mark) {
    tags.removeLast(tags.count - earlier.tags)
    assignments.removeLast(assignments.count - earlier.assignments)
    diagnostics.removeLast(diagnostics.count - earlier.diagnostics)
    environmentCount = earlier.environmentCount
    cannedCount = earlier.cannedCount
  }

  /// Where a canned recipe's text begins in what is collected.
  struct Mark {
    let tags: Int
    let assignments: Int
    let diagnostics: Int
    let environmentCount: Int
    let cannedCount: Int
  }

  var mark: Mark {
    Mark(
      tags: tags.count, assignments: assignments.count, diagnostics: diagnostics.count,
      environmentCount: environmentCount, cannedCount: cannedCount)
  }
}
