extension Explanation {
  /// DM118 and what follows: what recipes and variables show.
  static let ofRecipes: [(DiagnosticCode, Explanation)] = [
    (
      .unknownFunction,
      Explanation(
        "make has no such function",
        what: "A reference `$(NAME …)` names none of make's functions.",
        why: "make takes all between the parentheses for the name of a variable, and reads it as nothing.",
        how: "For a command of the shell write `$$(NAME …)`, with two dollars.",
        wrong: "n1/web/text: n1/web/state.xml{load}\n\techo $(cat $<) > $@",
        right: "n1/web/text: n1/web/state.xml{load}\n\techo $$(cat $<) > $@")
    ),
    (
      .foreignShell,
      Explanation(
        "recipes with tags are for no shell",
        what: "Under `.ONESHELL`, `SHELL` names an interpreter that is no POSIX shell, and recipes have tags.",
        why:
          "A tag in a recipe becomes a quoted variable of the shell, which is other text in another language.",
        how: "Let the interpreter read the files of values, as `$<` and `$^` name them.",
        wrong:
          ".ONESHELL:\nSHELL = /usr/bin/python3\nn1/web/text: n1/web/state.xml{load}\n\topen('$@', 'w').write(n1/web/state.xml{load})",
        right:
          ".ONESHELL:\nSHELL = /usr/bin/python3\nn1/web/text: n1/web/state.xml{load}\n\topen('$@', 'w').write(open('$<').read())"
      )
    ),
    (
      .shortReference,
      Explanation(
        "a reference without parentheses",
        what:
          "Behind `$` there is a name without parentheses, or a letter or digit that is no variable of make's.",
        why: """
          make takes one character behind `$`: `$HOME` is the variable `H` and the text `OME`, and `$1` in a recipe is \
          not awk's first field. A variable that nothing defines is empty, and nobody is told.
          """,
        how: "Write `$(NAME)` for a variable of make, and `$$name` for what the shell or awk is to see.",
        wrong: "n1/web/text: n1/web/state.xml{load}\n\tawk '{ print $1 }' $< > $@",
        right: "n1/web/text: n1/web/state.xml{load}\n\tawk '{ print $$1 }' $< > $@")
    ),
    (
      .valueAsCode,
      Explanation(
        "a value becomes text of a program",
        what: """
          A value, or the text of a file with values, is used as text that a shell, make, awk, sed or another \
          language reads as a program: by `eval`, `sh -c "…"`, a pipe into `sh`, `$(shell cat $<)` in a recipe, or as \
          the name of a command.
          """,
        why: """
          Values come from the nodes. Whoever can write a state.xml could run commands on the leader, and an \
          apostrophe in a value is enough to break the recipe.
          """,
        how: """
          A tag in a recipe is a quoted variable of the shell: use it as an argument. Hand values to awk with `-v`, \
          to other programs on their input or behind the program's text.
          """,
        wrong: "n1/web/text: n1/web/state.xml{status}\n\tsh -c \"echo n1/web/state.xml{status}\" > $@",
        right: "n1/web/text: n1/web/state.xml{status}\n\techo n1/web/state.xml{status} > $@")
    ),
    (
      .shellFunction,
      Explanation(
        "make runs a command while it reads the policy",
        what: """
          A makefile has `$(shell …)` outside of recipes and of variables that only recipes use, or defines a variable \
          with `!=`. Or `$(shell …)` in a recipe reads what another line of the recipe writes, or writes something itself.
          """,
        why: """
          make runs the command whenever it reads the policy, which is when nodes come and go and during every check. \
          No rule says what the command reads, so a change of that runs nothing; and replicas may get different answers. \
          In a recipe make runs it when it expands the recipe, before the first line runs and whatever the conditions of \
          the shell decide. There a command that reads what was there before, as the rule's prerequisites, is all right.
          """,
        how:
          "Let a rule make a file of the command's output, with all that the command reads as prerequisites. In a recipe write `$$(…)`.",
        wrong: "WORDS := $(shell cat n1/web/list)\nn1/web/text: n1/web/state.xml{load}\n\techo $(WORDS) > $@",
        right: "n1/web/text: n1/web/state.xml{load}\n\tcat $< > $@")
    ),
    (
      .unclosedReference,
      Explanation(
        "a reference in a recipe is not closed",
        what:
          "A `$(` or `${` of make has no `)` or `}` in its line, or in the lines that a backslash joins with it.",
        why:
          "make gives up when it expands the recipe. Nothing of such a round counts, the other rules included.",
        how: "Close the reference. For one of the shell write two dollars, and close it in the same line too.",
        wrong: "n1/web/text: n1/web/state.xml{load}\n\techo $(words a b > $@",
        right: "n1/web/text: n1/web/state.xml{load}\n\techo $(words a b) > $@")
    ),
    (
      .hereDocument,
      Explanation(
        "a here-document in a line of its own",
        what: "A line of a recipe has `<<WORD`, and recipes are run line by line.",
        why: """
          Each line of a recipe is given to a shell of its own, so that the document is empty and its lines are run as \
          commands. Lines that end in a backslash are one line for the shell, too: their words become arguments.
          """,
        how: """
          Write the text with `printf '%s\\n'`, copy it from a file of the bundle, or put `.ONESHELL:` into the \
          DMakefile, under which all lines of a recipe are one text for the shell.
          """,
        wrong: "n1/web/text: n1/web/state.xml{load}\n\tcat > $@ <<E \\\n\tn1/web/state.xml{load} \\\n\tE",
        right: ".ONESHELL:\nn1/web/text: n1/web/state.xml{load}\n\tcat > $@ <<E\n\tn1/web/state.xml{load}\n\tE")
    ),
    (
      .notDeterministic,
      Explanation(
        "replicas would not agree on the result",
        what: """
          A recipe reads the clock (`date`), chance (`$$RANDOM`, `/dev/urandom`, `shuf`, `uuidgen`, awk's `rand()`), the \
          machine's name or load (`hostname`, `uname -n`, `ps`) or the network (`curl`, `ssh`, `ping`).
          """,
        why: """
          Every replica of the leader runs the rule, and a leader that comes back may run it again. The log decides \
          whose result counts, so that a rule without a result of its own stops replicas.
          """,
        how: """
          Let a process on a node write the value into its state.xml, and read it from there. A rule marked `[local]` \
          runs on one node only and may read what it likes.
          """,
        wrong: "n1/web/text: n1/web/state.xml{load}\n\t(date; cat $<) > $@",
        right: "n1/web/text: n1/web/state.xml{load} n1/web/state.xml{time}\n\tcat $^ > $@")
    ),
    (
      .missingProgram,
      Explanation(
        "a program is not there",
        what:
          "The first word of a command is neither of the shell, nor in the bundle, nor a program of this machine.",
        why: "The recipe would fail on the leader: not found.",
        how: """
          Correct its name, put the program beside the DMakefile (its folder is first in PATH), or install it on every \
          machine that leads. The check knows only the machine on which it runs.
          """,
        wrong: "n1/web/text: n1/web/state.xml{load}\n\tcatt $< > $@",
        right: "n1/web/text: n1/web/state.xml{load}\n\tcat $< > $@")
    ),
    (
      .notExecutable,
      Explanation(
        "a program of the bundle is not executable",
        what: "A recipe runs a file of the bundle that has no permission to be executed.",
        why: "The recipe would fail on the leader: permission denied.",
        how:
          "Run `chmod +x` on the file; the permission travels with the bundle. Or name its interpreter, as `sh FILE`.",
        wrong: Example(
          "n1/web/text: n1/web/state.xml{load}\n\tshare $< > $@\n",
          files: [.init("share", "#!/bin/sh\ncat \"$1\"\n")]),
        right: Example(
          "n1/web/text: n1/web/state.xml{load}\n\tshare $< > $@\n",
          files: [.init("share", "#!/bin/sh\ncat \"$1\"\n", isExecutable: true)]))
    ),
    (
      .unseenFiles,
      Explanation(
        "a rule does not see the files that come",
        what:
          "A recipe looks for files by a wildcard, or the prerequisites are a wildcard without `$(wildcard …)`.",
        why: """
          The rule runs when its prerequisites change. A file that comes later, as of a node that joins, is none of them; \
          and make takes a wildcard that finds nothing for the name of a file.
          """,
        how:
          "Name the files by who is there, with `DMAKE_NODES` and its kin, or by `$(wildcard …)`, as prerequisites.",
        wrong: "n1/web/text:\n\tcat */web/state.xml > $@",
        right: "n1/web/text: $(DMAKE_NODES:%=%/web/state.xml)\n\tcat /dev/null $^ > $@")
    ),
    (
      .patternWithoutRecipe,
      Explanation(
        "a pattern has no recipe",
        what: "A rule whose target has a `%` has neither a recipe nor a list of targets before it.",
        why:
          "For make such a line takes away the pattern rule of that name. It adds no prerequisites to another rule.",
        how: "Write a recipe below it, or put the prerequisites into the line of the rule that has one.",
        wrong: """
          %/web/text: %/web/state.xml{rate}
          %/web/text: %/web/state.xml{load}
          \tcat $^ > $@
          """,
        right: "%/web/text: %/web/state.xml{load} %/web/state.xml{rate}\n\tcat $^ > $@")
    ),
    (
      .badInvariant,
      Explanation(
        "an invariant is no XPath",
        what:
          "The text behind `[always` or `[eventually` is no expression of XPath 1.0, or uses an unknown function.",
        why: "Nobody could say whether it holds.",
        how: "Write an expression over the tree as one document, as `count(//load) < 9` or `not(//failed)`.",
        wrong: "[always count(//load < 9]\nn1/web/text: n1/web/state.xml{load}\n\tcp $< $@",
        right: "[always count(//load) < 9]\nn1/web/text: n1/web/state.xml{load}\n\tcp $< $@")
    ),
  ]
}
