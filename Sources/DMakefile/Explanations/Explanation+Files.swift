extension Explanation {
  /// DM0xx, and what make itself says.
  static let ofFiles: [(DiagnosticCode, Explanation)] = [
    (
      .missingPolicy,
      Explanation(
        "the bundle has no DMakefile",
        what: "The folder that was given has no file named DMakefile.",
        why: "A bundle is activated as a whole, and its rules are read from this one file.",
        how: "Name the folder that has it, or name the file itself, whatever it is called.")
    ),
    (
      .emptyPolicy,
      Explanation(
        "the policy has no rules",
        what: "The DMakefile holds nothing but comments and empty lines.",
        why: """
          What no rule of the active policy makes is removed, so an empty policy would take every configuration \
          away and stop every process.
          """,
        how: "Write at least one rule. To stop processes on purpose, write a rule that says so.",
        wrong: "# not written yet",
        right: """
          # every node runs nothing
          %/DMake/config.xml:
          \techo '<config/>' > $@
          """)
    ),
    (
      .notUTF8,
      Explanation(
        "the text is not UTF-8",
        what: "A makefile of the bundle holds a byte that is part of no character in UTF-8.",
        why: "Names and values of the tree are UTF-8; another encoding would make other names of them.",
        how: "Convert the file, as with `iconv -f ISO-8859-1 -t UTF-8`.")
    ),
    (
      .tooLarge,
      Explanation(
        "a makefile is too large",
        what: "A makefile of the bundle has more than a mebibyte.",
        why: "It is read whenever nodes or processes come and go, and by people.",
        how: "Put data into files beside the DMakefile and let recipes read them.")
    ),
    (
      .nulByte,
      Explanation(
        "there is a NUL byte",
        what: "A makefile of the bundle holds a byte of value zero.",
        why: "make would read the line only up to this byte and say nothing.",
        how: "Is this the text of a DMakefile? Remove the byte.",
        wrong: "n1/web/text:\n\techo one \0 two > $@",
        right: "n1/web/text:\n\techo one two > $@")
    ),
    (
      .tooDeep,
      Explanation(
        "references stand in each other too deep",
        what: "In a line of a makefile more than 200 references or parentheses stand in each other.",
        why:
          "make and the shell take a part of their stack for each, and end without a word when it is used up.",
        how: "Give the inner parts names of their own, as variables. Is a parenthesis missing?")
    ),
    (
      .makeSyntax,
      Explanation(
        "make cannot read a line",
        what: "GNU make, which reads the policy, refuses a line or warns of it.",
        why: "What make does not understand it does not do, and after a fatal error it reads no further.",
        how: """
          Mend the line; the message is make's own. `missing separator` means that the line is neither a rule (with \
          a colon), a variable (with `=`), nor the line of a recipe (with a tab).
          """,
        wrong: "n1/web/text:\n\techo one > $@\nifdef DEBUG\nn1/web/more:\n\techo two > $@",
        right: "n1/web/text:\n\techo one > $@\nifdef DEBUG\nn1/web/more:\n\techo two > $@\nendif")
    ),
    (
      .makeOther,
      Explanation(
        "make stops without naming a line",
        what: "GNU make gave up on the policy as a whole.",
        why: "No round could be run.",
        how: "The message is make's own; look at what the policy includes and at what its variables hold.")
    ),
  ]
}
