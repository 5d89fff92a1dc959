extension Explanation {
  /// DM1xx: what the text shows.
  static let ofText: [(DiagnosticCode, Explanation)] = [
    (
      .lostTab,
      Explanation(
        "a recipe line has lost its tab",
        what: "A line below a rule looks like its recipe and begins with blanks.",
        why: """
          make knows a recipe by its tab. Editors, and copying through a web page, turn the tab into blanks; make \
          then stops, or reads the line as something else.
          """,
        how: "Put one tab in place of the blanks.",
        wrong: "n1/web/text: n1/web/state.xml{load}\n    cp $< $@",
        right: "n1/web/text: n1/web/state.xml{load}\n\tcp $< $@")
    ),
    (
      .unterminatedTag,
      Explanation(
        "a tag is not closed",
        what: "Behind the name of an XML file a brace opens, and none closes before the next blank.",
        why: "make would take the word for the name of a file, which nothing writes.",
        how: "Close the tag with `}`. Blanks are allowed in quotes only, as in `stream[@id='a b']`.",
        wrong: "n1/web/text: n1/web/state.xml{load\n\tcp $< $@",
        right: "n1/web/text: n1/web/state.xml{load}\n\tcp $< $@")
    ),
    (
      .badTag,
      Explanation(
        "a tag is no location path",
        what: "What stands between the braces is not the name of an element and not a small location path.",
        why: "There is no element that it could mean, so nothing could be read or written.",
        how: """
          Write a name (`load`), steps (`stream/rate`), an attribute (`@unit`), a test of an attribute \
          (`stream[@id='7']`) or a number (`stream[2]`), without blanks outside of quotes.
          """,
        wrong: "n1/web/text: n1/web/state.xml{stream[0]}\n\tcp $< $@",
        right: "n1/web/text: n1/web/state.xml{stream[1]}\n\tcp $< $@")
    ),
    (
      .badPath,
      Explanation(
        "a tag's file is no path of the tree",
        what: "The file before the brace has a name that the tree refuses.",
        why: """
          Paths are relative to the tree's root, have no `.` or `..`, no component with a leading dot, and \
          their first component is a node's name or the folder of intermediate results.
          """,
        how: "Write the path as it stands in the tree, as `n1/web/state.xml`.",
        wrong: "n1/web/text: /n1/web/state.xml{load}\n\tcp $< $@",
        right: "n1/web/text: n1/web/state.xml{load}\n\tcp $< $@")
    ),
    (
      .assignmentOutsideRecipe,
      Explanation(
        "an assignment stands outside of a recipe",
        what: "A line `X{tag}=Y` stands where make reads the definition of a variable.",
        why: "make would define a variable of that odd name, and nothing would be assigned.",
        how: "Put the line below a rule, after a tab. Which rule it is decides when it is assigned.",
        wrong: "n1/web/config.xml{mode}=fast",
        right: "n1/web/config.xml:\n\t$@{mode}=fast")
    ),
    (
      .unknownAnnotation,
      Explanation(
        "an annotation is not known",
        what: "A line in brackets above a rule is none of the annotations that there are.",
        why: "It would be taken away, and what it should have said would not hold.",
        how: "Write `[local]`, `[leader NAME]`, `[always XPATH]` or `[eventually XPATH]`.",
        wrong: "[allways count(//load) > 0]\nn1/web/text: n1/web/state.xml{load}\n\tcp $< $@",
        right: "[always count(//load) > 0]\nn1/web/text: n1/web/state.xml{load}\n\tcp $< $@")
    ),
    (
      .tagWithWildcard,
      Explanation(
        "a tag's file has a wildcard",
        what: "The file before the brace is spelt with `*`, `?` or `[`.",
        why: """
          What a wildcard finds depends on what there is when make reads the rule; a file that comes later would run \
          nothing, and one that goes would not either.
          """,
        how: "Name the files by who is there, with `DMAKE_NODES`, `DMAKE_PROCS` and their kin.",
        wrong: "n1/web/text: */web/state.xml{load}\n\tcat /dev/null $^ > $@",
        right: "n1/web/text: $(DMAKE_NODES:%=%/web/state.xml{load})\n\tcat /dev/null $^ > $@")
    ),
    (
      .annotationWithoutRule,
      Explanation(
        "an annotation stands above no rule",
        what: "Below the annotation there is a variable, or nothing, and no rule.",
        why: "It belongs to the rule below it, so that it would say nothing about anything.",
        how: "Put it on the line above the rule that it is about.",
        wrong: "n1/web/text: n1/web/state.xml{load}\n\tcp $< $@\n[always count(//load) > 0]",
        right: "[always count(//load) > 0]\nn1/web/text: n1/web/state.xml{load}\n\tcp $< $@")
    ),
    (
      .annotationWithoutRecipe,
      Explanation(
        "an annotation stands above a rule without a recipe",
        what: "The rule below `[local]` or `[leader NAME]` names prerequisites and has no recipe.",
        why: "The annotation says who runs the recipe. The one that makes the target is elsewhere, without it.",
        how: "Put the annotation above the rule that has the recipe.",
        wrong: """
          [local]
          n1/web/text: n1/web/state.xml{load}
          n1/web/text:
          \tcp $< $@
          """,
        right: """
          n1/web/text: n1/web/state.xml{load}
          [local]
          n1/web/text:
          \tcp $< $@
          """)
    ),
    (
      .severalStems,
      Explanation(
        "`%` stands more than once where make fills in the first alone",
        what: "A tag with several `%` is a target, or a prerequisite of a pattern rule with several targets.",
        why: "make matches targets by their first `%`, and takes the others as they are.",
        how: "Keep one `%` in a target, and write a rule for each of several targets.",
        wrong: "shares/%.xml{share[@node='%']}: %/web/state.xml{load}\n\tcp $< $@",
        right: "shares.xml{share[@node='%']}: %/web/state.xml{load}\n\tcp $< $@")
    ),
    (
      .shellVariableInTag,
      Explanation(
        "a tag's file has a variable of the shell",
        what: "The file before the brace is spelt with `$$name`, which the shell expands when the recipe runs.",
        why: """
          Values are handed to a recipe when it starts, so make has to know the file before the shell runs. The text \
          stays as it is and reads nothing.
          """,
        how: "Use make's own variables, as `$*` or `$(@D)`, or a pattern rule in place of the shell's loop.",
        wrong: """
          n1/web/text: $(DMAKE_NODES:%=%/web/state.xml{load})
          \tfor n in $(DMAKE_NODES); do echo $$n/web/state.xml{load}; done > $@
          """,
        right: "n1/web/text: $(DMAKE_NODES:%=%/web/state.xml{load})\n\tcat /dev/null $^ > $@")
    ),
    (
      .tagInFunction,
      Explanation(
        "a tag stands inside of one of make's functions",
        what: "In a recipe, or in a value that is assigned, a tag is an argument of `$(…)`.",
        why: """
          make's functions work on text, before the recipe runs. Only branches of `$(if …)`, `$(or …)` and `$(and …)` and \
          the body of `$(foreach …)` are text of the recipe itself. A value that became text of `$(shell …)` or `$(eval …)` would be run: \
          whoever writes a state file could run commands on the leader.
          """,
        how: """
          Use the tag outside of the function, where it is a quoted variable of the shell, or let a program compute \
          the value and append `X{tag}=Y` to the file `$$DMAKE_ASSIGN`.
          """,
        wrong: "n1/web/config.xml: n1/web/state.xml{load}\n\t$@{load}=$(shell echo n1/web/state.xml{load})",
        right: "n1/web/config.xml: n1/web/state.xml{load}\n\t$@{load}=n1/web/state.xml{load}")
    ),
    (
      .tagInDefine,
      Explanation(
        "the tags of a canned recipe are not translated",
        what: "A recipe uses text that a variable holds, and it cannot be told which rule gets which text.",
        why: """
          A tag is handed to a recipe as a variable of its environment, so it must be known for which rule. It is where \
          the text is a line of its own, and is defined once and outside of conditionals.
          """,
        how: "Give `$(NAME)` or `$(call NAME,…)` a line of its own, and define NAME once by `define NAME`.",
        wrong: """
          define line
          echo n1/web/state.xml{load} > $@
          endef
          n1/web/text: n1/web/state.xml{load}
          \ttrue && $(line)
          """,
        right: """
          define line
          echo n1/web/state.xml{load} > $@
          endef
          n1/web/text: n1/web/state.xml{load}
          \t$(line)
          """)
    ),
    (
      .tagInFolderlessPattern,
      Explanation(
        "a pattern without a folder depends on a tag",
        what: "The target of a pattern rule has no slash, and one of its prerequisites is a tag with `%`.",
        why:
          "make puts the folder of the target before the prerequisites of such a rule, also before the tag's file.",
        how: "Give the target its folder, as `build/%.conf`, or name the targets in a static pattern rule.",
        wrong: "%.load: %/web/state.xml{load}\n\tcp $< $@\nn1/web/text: n1.load\n\tcp $< $@",
        right: "loads/%: %/web/state.xml{load}\n\tcp $< $@\nn1/web/text: loads/n1\n\tcp $< $@")
    ),
    (
      .recipePrefix,
      Explanation(
        "`.RECIPEPREFIX` is changed",
        what: "The makefile gives recipes another prefix than the tab.",
        why:
          "DMake tells recipes by their tabs, when tags are translated and in what make prints of its rules.",
        how: "Remove `.RECIPEPREFIX` and begin the lines of recipes with tabs.",
        wrong: ".RECIPEPREFIX = >\nn1/web/text: n1/web/state.xml{load}\n>cp $< $@",
        right: "n1/web/text: n1/web/state.xml{load}\n\tcp $< $@")
    ),
    (
      .undeclaredRead,
      Explanation(
        "a recipe reads a value that is no prerequisite",
        what: "A tag in a recipe is not among the prerequisites of its rule.",
        why: "The rule runs when its prerequisites change. When only this value changes the result stays old.",
        how: "Add the tag to the rule's prerequisites.",
        wrong: "n1/web/text: n1/web/state.xml{load}\n\techo n1/web/state.xml{rate} > $@",
        right: "n1/web/text: n1/web/state.xml{rate}\n\techo n1/web/state.xml{rate} > $@")
    ),
    (
      .assignmentInShell,
      Explanation(
        "an assignment is part of a shell's line",
        what:
          "`X{tag}=Y` stands behind another command, or with blanks before its `=`, or its Y is written for a shell.",
        why:
          "Only a whole line is an assignment. The shell would run the value of the tag as a command. Y is make's text: its quotes are characters, and nothing runs a `$$(…)`.",
        how: "Give the assignment a line of its own, or append `X{tag}=Y` to the file `$$DMAKE_ASSIGN`.",
        wrong: "n1/web/config.xml:\n\ttrue; n1/web/config.xml{mode}=fast",
        right: "n1/web/config.xml:\n\tn1/web/config.xml{mode}=fast")
    ),
    (
      .missingBundleFile,
      Explanation(
        "the bundle has no such file",
        what:
          "A makefile names a file below `$(DMAKE_BUNDLE)`, or includes one, that does not stand beside it.",
        why: "The recipe would fail on the leader, or make would stop reading.",
        how: "Put the file beside the DMakefile, correct its name, or write `-include` where it may be absent.",
        wrong: Example("n1/web/web.py:\n\tcp $(DMAKE_BUNDLE)/webb.py $@\n", files: [.init("web.py", "pass\n")]),
        right: Example("n1/web/web.py:\n\tcp $(DMAKE_BUNDLE)/web.py $@\n", files: [.init("web.py", "pass\n")]))
    ),
    (
      .unknownVariable,
      Explanation(
        "there is no such variable of DMake",
        what:
          "A reference to a variable that begins with `DMAKE_` names none of DMake's, and none of the policy's.",
        why: "make reads an unknown variable as nothing: a rule over all nodes becomes a rule over none.",
        how: "See VARIABLES in dmakefile(5): the nodes are `$(DMAKE_NODES)`, in the plural.",
        wrong: "n1/web/text: $(DMAKE_NODE:%=%/web/state.xml{load})\n\tcat /dev/null $^ > $@",
        right: "n1/web/text: $(DMAKE_NODES:%=%/web/state.xml{load})\n\tcat /dev/null $^ > $@")
    ),
    (
      .annotationConflict,
      Explanation(
        "two annotations of a rule contradict each other",
        what: "A rule has `[local]` and `[leader NAME]`, or two names of leaders.",
        why: "A rule is run by its node or by one group of leaders, and by nobody else.",
        how: "Keep one of the two.",
        wrong: "[local]\n[leader east]\n%/web/text: %/web/state.xml{load}\n\tcp $< $@",
        right: "[leader east]\n%/web/text: %/web/state.xml{load}\n\tcp $< $@")
    ),
  ]
}
