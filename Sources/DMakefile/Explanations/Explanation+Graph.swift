extension Explanation {
  /// DM2xx: what the rules show.
  static let ofGraph: [(DiagnosticCode, Explanation)] = [
    (
      .targetNotWritten,
      Explanation(
        "a recipe never writes its target",
        what: "The recipe of a rule names neither `$@` nor the target, and runs nothing that could write it.",
        why:
          "A rule whose target is not there after its recipe has failed: it is tried again, and what needs it waits.",
        how: "Write the result to `$@`. A target that is no file is declared `.PHONY`.",
        wrong: "n1/web/text: n1/web/state.xml{load}\n\tcat $<",
        right: "n1/web/text: n1/web/state.xml{load}\n\tcat $< > $@")
    ),
    (
      .unknownProcess,
      Explanation(
        "a file is made for a process that no node runs",
        what: "A rule makes a file in the folder of a process that none of the policy's configurations has.",
        why: "The file is delivered, and nobody reads it there. Mostly one of the two names is mistyped.",
        how: "Correct the folder's name, or name the process in a `DMake/config.xml`.",
        wrong: """
          n1/DMake/config.xml:
          \techo '<config><process name="web"><exec>/bin/true</exec></process></config>' > $@
          n1/wbe/text: n1/web/state.xml{load}
          \tcp $< $@
          """,
        right: """
          n1/DMake/config.xml:
          \techo '<config><process name="web"><exec>/bin/true</exec></process></config>' > $@
          n1/web/text: n1/web/state.xml{load}
          \tcp $< $@
          """)
    ),
    (
      .specialTarget,
      Explanation(
        "a special target or variable of make means something else here",
        what: """
          The policy uses `.DEFAULT`, `.INTERMEDIATE`, `.PRECIOUS`, `.EXTRA_PREREQS` or `VPATH`, which rounds do not treat \
          as make does.
          """,
        why: """
          A file that no rule makes is a state, or absent; each file that a rule makes is kept until no rule makes it \
          any more, and a rule that fails keeps what it made last; by `.EXTRA_PREREQS` DMake tells make which rules run. A \
          rule runs for files under the paths by which it names them, wherever `VPATH` may find others.
          """,
        how:
          "Write a pattern rule for the files that `.DEFAULT` was for, name files by their paths, and remove the others.",
        wrong: """
          n1/web/page: results/one
          \tcat $< > $@
          .DEFAULT:
          \techo default > $@
          """,
        right: """
          n1/web/page: results/one
          \tcat $< > $@
          results/%:
          \techo default > $@
          """)
    ),
    (
      .unclearOperator,
      Explanation(
        "the operator of a pattern's variable cannot be told",
        what: """
          A variable of a pattern is defined by text that `eval` reads, and this text does not show by which operator, or \
          several lines of the policy may be meant that differ in it.
          """,
        why: """
          make tells the values of such variables, and not whether they are added to others. A round takes the line that \
          fits best, and `=` where there is none.
          """,
        how: "Write the line outside of `eval`, or write its operator out.",
        wrong: """
          define set
          n1/web/%: LEVEL $1 3
          endef
          $(eval $(call set,:=))
          n1/web/page: n1/web/state.xml{load}
          \techo $(LEVEL) $$(cat $<) > $@
          """,
        right: """
          define set
          n1/web/%: LEVEL := $1
          endef
          $(eval $(call set,3))
          n1/web/page: n1/web/state.xml{load}
          \techo $(LEVEL) $$(cat $<) > $@
          """)
    ),
    (
      .unknownExpansion,
      Explanation(
        "a second expansion cannot be known",
        what: """
          A prerequisite of a pattern that is expanded a second time has a function that looks for files, runs a program or \
          is not known.
          """,
        why:
          "What a rule needs decides when it runs, so DMake has to know it without running make for each name.",
        how: """
          Use variables and the functions of names. What `$(wildcard …)` or `$(shell …)` gives, a variable that is \
          defined with `:=` can hold.
          """,
        wrong: """
          .SECONDEXPANSION:
          n1/web/page: results/one
          \tcat $< > $@
          results/%: $$(wildcard parts/$$*)
          \tcat $^ > $@
          """,
        right: """
          .SECONDEXPANSION:
          PARTS := $(wildcard parts/*)
          n1/web/page: results/one
          \tcat $< > $@
          results/%: $$(filter parts/$$*,$(PARTS))
          \tcat $^ > $@
          """)
    ),
    (
      .tooManyRules,
      Explanation(
        "the rules are too many, or their texts too long",
        what: """
          Written out for the nodes and processes that there are, the policy has more rules, names and text than the \
          limits allow: some million rules, or names and variables of half a gigabyte.
          """,
        why: """
          A leader that tried to know all of them would do nothing else, and would run out of memory. A few lines are \
          enough for it: lists in lists, a variable that holds another one twice, patterns that need several others.
          """,
        how: """
          Look at what multiplies at the rule that is named. Lists of all pairs of something seldom are what is meant; \
          let a program of the bundle compute what is to be computed so often.
          """)
    ),
    (
      .mixedWriters,
      Explanation(
        "a file is made as a whole and by its tags",
        what: "One rule makes the whole file, and a value of the same file is set too.",
        why: "One of the two would undo what the other wrote, in an order that nobody chose.",
        how:
          "Make the file by tags only, over a template of the bundle if it has fixed parts, or as a whole only.",
        wrong: """
          n1/web/config.xml:
          \techo '<config><mode>slow</mode></config>' > $@
          n1/web/config.xml{mode}:
          \techo fast > $@
          """,
        right: "n1/web/config.xml{mode}:\n\techo fast > $@")
    ),
    (
      .twoWriters,
      Explanation(
        "a file or a value has two writers",
        what: "Two rules make the same file, or set the same value.",
        why: """
          For a file make takes one of the recipes and never runs the other. For a value, two different results in \
          one pass are an error of the round, and two equal ones are an accident.
          """,
        how: "Let one rule decide. It may depend on all that the two depended on.",
        wrong: """
          n1/web/config.xml{mode}:
          \techo fast > $@
          n1/web/notes: n1/web/state.xml{load}
          \tn1/web/config.xml{mode}=slow
          \tcp $< $@
          """,
        right: """
          n1/web/config.xml{mode}:
          \techo fast > $@
          n1/web/notes: n1/web/state.xml{load}
          \tcp $< $@
          """)
    ),
    (
      .foreignFile,
      Explanation(
        "a rule writes a file that is not the policy's",
        what: "The target is a state file or an event.",
        why: "States are written by agents and applications, events by DMake; each file has one owner.",
        how: "Write another file of the process, as its `config.xml`, and let the application act on it.",
        wrong: "%/web/state.xml:\n\techo '<state/>' > $@",
        right: "%/web/config.xml:\n\techo '<config/>' > $@")
    ),
    (
      .tagFromVariable,
      Explanation(
        "a tag was put together by make",
        what: "A target or prerequisite is a tag whose file and braces stood apart in the text.",
        why: "Tags are translated where they stand in the text; this one is the name of a file for make.",
        how: "Write file and braces in one word, in the rule's line or in a variable, as `$(FILES){load}`.",
        wrong: "VALUE = {load}\nn1/web/text: n1/web/state.xml$(VALUE)\n\tcat /dev/null $^ > $@",
        right: "LOADS = n1/web/state.xml{load}\nn1/web/text: $(LOADS)\n\tcat /dev/null $^ > $@")
    ),
    (
      .circularDependency,
      Explanation(
        "a target depends on itself",
        what: "The prerequisites of a rule lead back to its target.",
        why: "make drops one of the dependencies and goes on, with a result that nobody wrote down.",
        how: "Remove one of the prerequisites. What a rule made earlier is read by its tag, `X{tag}`.",
        wrong: """
          n1/web/a: n1/web/b
          \tcp $< $@
          n1/web/b: n1/web/a
          \tcp $< $@
          """,
        right: """
          n1/web/a: n1/web/b
          \tcp $< $@
          n1/web/b: n1/web/state.xml{load}
          \tcp $< $@
          """)
    ),
    (
      .badTargetPath,
      Explanation(
        "a target has a name that the tree refuses",
        what: "The name of a target is no path of the tree.",
        why: """
          All that rules make are files below the tree's root, which are kept in snapshots and delivered to nodes. \
          Paths have no `..`, no leading slash or dot, and few special characters.
          """,
        how: "Give the file a name in the tree, or declare the target `.PHONY` if it is no file.",
        wrong: "../text: n1/web/state.xml{load}\n\tcp $< $@",
        right: "n1/web/text: n1/web/state.xml{load}\n\tcp $< $@")
    ),
    (
      .patternWithoutNeed,
      Explanation(
        "nothing needs what a pattern makes",
        what: "A pattern rule makes intermediate files, and no other rule names one of them.",
        why:
          "By themselves only patterns of processes' files are made, as `%/web/config.xml`; this rule never runs.",
        how: "Let another rule need the files, as `$(DMAKE_NODES:%=loads/%)`, or remove the rule.",
        wrong: "loads/%: %/web/state.xml{load}\n\tcp $< $@",
        right: """
          loads/%: %/web/state.xml{load}
          \tcp $< $@
          n1/web/text: $(DMAKE_NODES:%=loads/%)
          \tcat /dev/null $^ > $@
          """)
    ),
  ]
}
