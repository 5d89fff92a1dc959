extension Explanation {
  /// DM208 and what follows: what flows between rules, and who runs them.
  static let ofFlow: [(DiagnosticCode, Explanation)] = [
    (
      .nothingWrites,
      Explanation(
        "nothing writes what a rule reads",
        what: """
          A prerequisite, or a tag in a recipe, is a file or a value that no rule makes, no template of the bundle \
          holds, and that is no state or event of a node.
          """,
        why:
          "What is absent reads as empty and is no error, so a misspelt name makes a rule that works on nothing.",
        how: """
          Correct the name, or write a rule that makes it. A file of the bundle is `$(DMAKE_BUNDLE)/NAME`. Where programs \
          set values by way of `$$DMAKE_ASSIGN`, values are not checked.
          """,
        wrong: """
          loads/%: %/web/state.xml{load}
          \tcp $< $@
          n1/web/text: $(DMAKE_NODES:%=loads/%) loda/n1
          \tcat /dev/null $^ > $@
          """,
        right: """
          loads/%: %/web/state.xml{load}
          \tcp $< $@
          n1/web/text: $(DMAKE_NODES:%=loads/%)
          \tcat /dev/null $^ > $@
          """)
    ),
    (
      .nobodyReads,
      Explanation(
        "nobody reads what a rule makes",
        what: """
          A rule makes a file or a value outside of all nodes' folders that no other rule reads, no recipe, program or \
          invariant names.
          """,
        why:
          "Only files below `NODE/PROC/` are delivered. The rule runs for nothing, or its reader misspelt the name.",
        how: "Let a rule read it, give it a path below a node's process, or remove the rule.",
        wrong: """
          total.xml{load}: $(DMAKE_NODES:%=%/web/state.xml{load})
          \tcat /dev/null $^ | wc -l > $@
          n1/web/text: n1/web/state.xml{load}
          \tcp $< $@
          """,
        right: """
          total.xml{load}: $(DMAKE_NODES:%=%/web/state.xml{load})
          \tcat /dev/null $^ | wc -l > $@
          n1/web/text: total.xml{load}
          \tcp $< $@
          """)
    ),
    (
      .feedback,
      Explanation(
        "rules read each other's results",
        what: """
          One rule reads a value that another one writes, which reads, maybe by way of further rules, a value that the \
          first one writes.
          """,
        why: """
          A pass of make sees what the pass before it assigned. Unless the rules agree on their values after a few \
          passes, they alternate, the round ends, and all of them are put into quarantine.
          """,
        how: """
          Compute the values in one rule, or from states alone. A rule that remembers reads its own earlier value, \
          which is no circle.
          """,
        wrong: """
          n1/web/config.xml{a}: n1/web/config.xml{b}
          \tn1/web/config.xml{a}=n1/web/config.xml{b}1
          n1/web/config.xml{b}: n1/web/config.xml{a}
          \tn1/web/config.xml{b}=n1/web/config.xml{a}2
          """,
        right: """
          n1/web/config.xml{a}: n1/web/state.xml{load}
          \tn1/web/config.xml{a}=n1/web/state.xml{load}1
          n1/web/config.xml{b}: n1/web/config.xml{a}
          \tn1/web/config.xml{b}=n1/web/config.xml{a}2
          """)
    ),
    (
      .remadeInclude,
      Explanation(
        "an included makefile is made by a rule",
        what: "A rule of the policy has a target that the policy includes as a makefile.",
        why: """
          make makes such a file while it reads the policy, outside of the passes of a round, and then reads everything \
          again. If the rule is never up to date, that goes on for ever.
          """,
        how: "Let the rule make data, and let other rules read the values by tags or prerequisites.",
        wrong: """
          -include plan.mk
          plan.mk: n1/web/state.xml{load}
          \techo "LOAD = 1" > $@
          n1/web/text: n1/web/state.xml{load}
          \techo $(LOAD) > $@
          """,
        right: """
          plan: n1/web/state.xml{load}
          \tcp $< $@
          n1/web/text: plan
          \tcp $< $@
          """)
    ),
    (
      .localRule,
      Explanation(
        "a local rule needs what its node does not have",
        what: """
          A rule marked `[local]` reads a file of another node, an intermediate result, or an event that the leader alone \
          sees, or it makes a file that is not in its node's folder.
          """,
        why: "The rule runs on its node, which has the files below its own name and nothing else.",
        how: "Let a rule of the leader write what is needed into the node's folder, or remove `[local]`.",
        wrong: """
          [local]
          %/web/text: %/web/state.xml{load} n1/db/state.xml{load}
          \tcat $^ > $@
          """,
        right: """
          [local]
          %/web/text: %/web/state.xml{load}
          \tcat $^ > $@
          """)
    ),
    (
      .couldBeLocal,
      Explanation(
        "a rule could be local",
        what:
          "A pattern rule makes a file of a process and reads nothing but states and events of the same node.",
        why: """
          A node's own agent can run such a rule at once, without the way to the leader and back, and also while no \
          leader can be reached. This is advice: nothing is wrong.
          """,
        how: "Put `[local]` on the line above the rule.",
        wrong: "%/web/text: %/web/state.xml{load}\n\tcp $< $@",
        right: "[local]\n%/web/text: %/web/state.xml{load}\n\tcp $< $@")
    ),
    (
      .joinedLeaders,
      Explanation(
        "two groups of leaders are not disjoint",
        what: """
          A rule of one `[leader NAME]` depends on a rule of another one, or rules of both depend on a common rule. The \
          message shows the way that joins them.
          """,
        why: "Groups of leaders decide each for itself; neither would know what the other has made.",
        how: "Give all rules of the way the same leader, or let each group compute what it needs from states.",
        wrong: """
          [leader east]
          loads: n1/web/state.xml{load}
          \tcp $< $@
          [leader west]
          n2/web/text: loads
          \tcp $< $@
          """,
        right: """
          [leader east]
          n1/web/text: n1/web/state.xml{load}
          \tcp $< $@
          [leader west]
          n2/web/text: n1/web/state.xml{load}
          \tcp $< $@
          """)
    ),
    (
      .unreachableRule,
      Explanation(
        "a rule never runs",
        what: "A pattern rule has the same target as another one, which make takes instead.",
        why: """
          make takes a rule for the very target; else the pattern with the shortest stem; else the first. A later pattern \
          with the same targets and prerequisites replaces an earlier one without a word.
          """,
        how: "Remove one of the rules, or let their patterns differ, as `web%/web/config.xml`.",
        wrong: """
          %/web/text: %/web/state.xml{load}
          \tcp $< $@
          %/web/text: %/web/state.xml{rate}
          \tcp $< $@
          """,
        right: """
          %/web/text: %/web/state.xml{load}
          \tcp $< $@
          %/web/more: %/web/state.xml{rate}
          \tcp $< $@
          """)
    ),
    (
      .twoSides,
      Explanation(
        "a file is written by its node and by the leader",
        what: "A `[local]` rule and a rule of the leader write the same file, as a whole or by tags.",
        why: """
          A node sends what its local rules make to the leader, and the leader sends what its rules make to the node. \
          A file with two such authors would be overwritten from both sides.
          """,
        how:
          "Mark all rules of the file `[local]`, or none; the other side can read it and make a file of its own.",
        wrong: """
          [local]
          %/web/config.xml{rate}: %/web/state.xml{load}
          \tcp $< $@
          %/web/config.xml{size}: %/web/state.xml{size}
          \tcp $< $@
          """,
        right: """
          [local]
          %/web/config.xml{rate}: %/web/state.xml{load}
          \tcp $< $@
          [local]
          %/web/config.xml{size}: %/web/state.xml{size}
          \tcp $< $@
          """)
    ),
    (
      .outsideTree,
      Explanation(
        "a prerequisite is no file of the tree",
        what: """
          A prerequisite begins with a slash, leaves the tree, or has a `%` that nothing fills in: that of a rule \
          whose target has none is a character like any other.
          """,
        why: """
          Rules run when a file of the tree changed. Of a file elsewhere no change is seen, and other leaders need not have \
          it; a name with `%` is never made.
          """,
        how: """
          Put the file into the bundle and read it as `$(DMAKE_BUNDLE)/NAME`, or let a process report what it says. For each \
          node write `$(DMAKE_NODES:%=%/web/state.xml)`.
          """,
        wrong: """
          total: %/web/state.xml{load}
          \tcat $^ > $@
          """,
        right: """
          total: $(DMAKE_NODES:%=%/web/state.xml{load})
          \tcat $^ > $@
          """)
    ),
  ]
}
