extension Explanation {
  /// What a recipe does, and what its author seems to have meant.
  static let ofMeaning: [(DiagnosticCode, Explanation)] = [
    (
      .undefinedVariable,
      Explanation(
        "a recipe uses a variable that nothing defines",
        what:
          "A reference `$(NAME)` in a recipe names no variable of the policy, of make, or of recipes' environment.",
        why: "make reads it as nothing, and says nothing.",
        how: """
          Correct the name, define it (`NAME ?=` says that it may be empty), or write `$${NAME}` for one of the shell. \
          Names that a conditional, `$(or …)`, `$(if …)` or `$(origin …)` looks at may be undefined.
          """,
        wrong: "LIMIT = 3\nn1/web/text: n1/web/state.xml{load}\n\techo $(LIMTI) $$(cat $<) > $@",
        right: "LIMIT = 3\nn1/web/text: n1/web/state.xml{load}\n\techo $(LIMIT) $$(cat $<) > $@")
    ),
    (
      .quotedTag,
      Explanation(
        "a tag stands in single quotes",
        what: "A text in single quotes that a recipe shows or compares has `X{tag}` in it.",
        why:
          "The shell takes what stands in single quotes as it is: the text has the tag's name and not its value.",
        how: "Use double quotes. What the value holds never becomes text of the shell there.",
        wrong: "n1/web/text: n1/web/state.xml{load}\n\techo 'load n1/web/state.xml{load}' > $@",
        right: "n1/web/text: n1/web/state.xml{load}\n\techo \"load n1/web/state.xml{load}\" > $@")
    ),
    (
      .percentInRecipe,
      Explanation(
        "a percent sign in a recipe is no stem",
        what: "A recipe of a pattern names a file with `%`, and not in a tag.",
        why: "make fills in the stem in targets and prerequisites. In a recipe `%` is itself, but for tags.",
        how: "Write `$*`, or `$@` and `$<` for the target and the first prerequisite.",
        wrong: "%/web/text: %/web/state.xml{load}\n\tcp $< $@; chmod a+r %/web/text",
        right: "%/web/text: %/web/state.xml{load}\n\tcp $< $@; chmod a+r $*/web/text")
    ),
    (
      .strayWrite,
      Explanation(
        "a recipe writes a file that is not its target",
        what: "A redirection or a copy in a recipe goes to a file of the tree that is no target of the rule.",
        why: """
          Nobody owns such a file: no rule that reads it runs when it changes, no node gets it, and the next round \
          may find it without its rule. `dmake status` tells of it when it has happened.
          """,
        how:
          "Write to `$@`. What one run makes together is declared as `A B &:`. Put what is in between into `$$TMPDIR`.",
        wrong: "n1/web/text: n1/web/state.xml{load}\n\tcp $< $@; cp $< n1/web/other.xml",
        right:
          "n1/web/text n1/web/other.xml &: n1/web/state.xml{load}\n\tcp $< n1/web/text; cp $< n1/web/other.xml")
    ),
    (
      .eventLines,
      Explanation(
        "the lines of an event's file are counted",
        what: "`wc -l` reads a file of events.",
        why:
          "It is XML: an `event` element for each occurrence, in an element around them, with or without line breaks.",
        how: "Count the elements, as by `grep -c '<event '`.",
        wrong: "%/web/ends: %/web/stop-proc\n\twc -l < $< > $@",
        right: "%/web/ends: %/web/stop-proc\n\tgrep -c '<event ' $< > $@")
    ),
    (
      .restartLoop,
      Explanation(
        "a rule restarts a process because it was restarted",
        what:
          "A rule sets a process's `generation` and depends, directly or not, on `stop-proc` of its own node.",
        why: """
          A changed generation starts the process again, which ends it first. That is one more end, so one more \
          generation. Such starts wait longer each time, and `dmake status` shows a restart loop.
          """,
        how: """
          Leave starting it again to its agent: that is what `restart="always"`, the standard, is for. A policy that does \
          it says `restart="never"`.
          """,
        wrong: """
          %/web/ends: %/web/stop-proc
          \tgrep -c '<event ' $< > $@
          %/DMake/config.xml{process[@name='web']/@generation}: %/web/ends
          \tcp $< $@
          """,
        right: """
          %/web/ends: %/web/stop-proc
          \tgrep -c '<event ' $< > $@
          %/DMake/config.xml: %/web/ends
          \techo '<config><process name="web" restart="never" generation="'$$(cat $<)'"><executable>/bin/true</executable></process></config>' > $@
          """)
    ),
    (
      .overlappingTags,
      Explanation(
        "tags of two rules may name the same element",
        what:
          "Two rules set tags of one file, and one tag finds what the other makes, as `rate` finds `stream/rate`.",
        why: "A name is looked for at any depth. Where the two meet, a round refuses what both rules set.",
        how: "Write the whole path in both.",
        wrong: """
          n1/web/config.xml{rate}: n1/web/state.xml{load}
          \tcp $< $@
          n1/web/config.xml{stream/rate}: n1/web/state.xml{load}
          \tcp $< $@
          """,
        right: """
          n1/web/config.xml{all/rate}: n1/web/state.xml{load}
          \tcp $< $@
          n1/web/config.xml{stream/rate}: n1/web/state.xml{load}
          \tcp $< $@
          """)
    ),
    (
      .severalInherited,
      Explanation(
        "a rule inherits a variable from several targets",
        what: "A recipe uses a variable that two targets hand on to what they need, each with another value.",
        why:
          "make takes the one of whichever target it makes first. DMake takes the first by name, in every round.",
        how: "Give each value a target of its own, or define the variable for the rule that uses it.",
        wrong: """
          n1/web/a: MODE = fast
          n1/web/b: MODE = safe
          n1/web/a n1/web/b: mode
          \tcp $< $@
          mode:
          \techo $(MODE) > $@
          """,
        right: """
          n1/web/a: MODE = fast
          n1/web/b: MODE = safe
          n1/web/a n1/web/b: n1/web/state.xml{load}
          \techo $(MODE) $$(cat $<) > $@
          """)
    ),
    (
      .memoryOfNode,
      Explanation(
        "a file of a node remembers events",
        what: """
          A rule that reads an event appends to its target, or reads it, and the target is in a node's folder.
          """,
        why: """
          When a node has left and its last events have been handled, its folder goes with all that policies keep there. \
          When it comes back, such a file begins anew.
          """,
        how: """
          Remember in a file that is in no node's folder, by one rule for all nodes, and let the node's file read it. Its \
          own agent keeps what a `[local]` rule makes.
          """,
        wrong: """
          %/web/ends: %/web/stop-proc
          \tcat $< >> $@
          """,
        right: """
          ends: $(DMAKE_NODES:%=%/web/stop-proc)
          \tcat /dev/null $^ >> $@
          %/web/ends: ends
          \tcp $< $@
          """)
    ),
  ]
}
