import Glibc
import Model
import Testing

@testable import MakeWrapper

/// What make does with a slice is what it does with the whole makefile.
@Suite("Rules in slices mean what they mean in the makefile")
struct SliceFidelityTests {
  struct Sample: CustomTestStringConvertible, Sendable {
    let name: String
    let text: String
    var testDescription: String { name }
  }

  static let samples = [
    Sample(
      name: "variables of every flavour",
      text: """
        A = $(B) x
        B := one # two
        C ?= three
        A += more
        override D = 4
        define LINES
        first $(A)
        second \\
          third # no remark
        endef
        HASH := \\#
        TRAIL = a\\
        SPACE :=
        SPACE +=
        out/vars:
        \techo '$(A)|$(B)|$(C)|$(D)|$(HASH)|$(TRAIL)|$(SPACE)|' >$@
        export TWO := $(LINES)
        out/lines:
        \tprintf '%s\\n' "$$TWO" >$@

        """),
    Sample(
      name: "exports",
      text: """
        export PLAIN = a$(NEXT)
        NEXT = b
        LATER = c
        export LATER
        define MANY
        x
        y
        endef
        export MANY
        unexport HOME
        out/env: export OWN = d
        out/env: private NOT = e
        out/env:
        \techo "$$PLAIN $$LATER $$OWN $$NOT $(NOT) [$$HOME]" >$@; echo "$$MANY" >>$@
        out/other:
        \techo "[$$OWN] $(NOT)" >$@

        """),
    Sample(name: "everything exported", text: "export\nA = 1\nB = $(A)2\nout/all:\n\techo $$A $$B >$@\n"),
    Sample(
      name: "functions in recipes",
      text: """
        double = $(1)$(1)
        join = $(call double,$(1))-$(2)
        WHICH = A
        A_TEXT = indirect
        define RULE
        out/$(1): in/a
        \techo $(1) $$^ >$$@
        endef
        $(foreach n,r1 r2,$(eval $(call RULE,$(n))))
        out/call:
        \techo $(call join,x,y) $($(WHICH)_TEXT) '$(foreach f,1 2,<$(f)>)' $(if $(A_TEXT),yes,no) >$@
        out/value:
        \techo '$(value double)' $(origin double) $(flavor WHICH) >$@
        out/late:
        \t$(eval LATE := set in a recipe)
        \techo $(LATE) >$@

        """),
    Sample(
      name: "automatic variables",
      text: """
        out/auto: in/b in/a in/b | in/order
        \techo '$@|$<|$^|$+|$||$(@D)|$(@F)|$(<F)|$(^D)' >$@
        out/%.st: in/%
        \techo '$*|$(*F)|$<' >$@
        out/a.st:
        LIST = out/x.s out/y.s
        $(LIST): out/%.s: in/a
        \techo '$*|$@|$<' >$@

        """),
    Sample(
      name: "variables of targets and patterns",
      text: """
        FLAGS = base
        out/%.f: FLAGS += pattern
        out/one.f: FLAGS += own $*
        out/two.f: FLAGS := simple
        out/%.f: in/a
        \techo '$(FLAGS)' >$@
        out/one.f out/two.f out/three.f:

        """),
    Sample(
      name: "several targets at once",
      text: """
        out/g1 out/g2 &: in/a
        \techo g >out/g1; echo h >out/g2
        out/%.p out/%.q: in/%
        \techo p$* >out/$*.p; echo q$* >out/$*.q
        out/sum: out/a.p out/b.q out/g2
        \tcat $^ >$@

        """),
    Sample(
      name: "double colons", text: "out/d:: in/a\n\techo 1 >>$@\nout/d:: in/b\n\techo 2 $^ >>$@\n"),
    Sample(
      name: "second expansion",
      text: """
        .SECONDEXPANSION:
        SUB_x = in/a in/b
        out/x: $$(SUB_$$(@F))
        \techo $^ >$@

        """),
    Sample(
      name: "one shell and another one",
      text: """
        SHELL = /bin/bash
        .SHELLFLAGS = -euc
        .ONESHELL:
        out/shell:
        \tx=1
        \tif [[ $$x == 1 ]]; then
        \t  echo one $$BASH_VERSINFO >$@
        \tfi

        """),
    Sample(
      name: "prefixes of lines",
      text:
        "out/pre:\n\t-false\n\t@echo quiet >$@\n\t+echo more >>$@\n.IGNORE: out/ign\nout/ign:\n\tfalse\n\techo on >$@\n"
    ),
    Sample(
      name: "conditionals and chains",
      text: """
        ifeq ($(origin NONE),undefined)
        out/c1: in/a ; echo no tab >$@
        else
        out/c1: ; echo wrong >$@
        endif
        out/c2: out/c1
        \tcat $< $< >$@
        out/c3: out/group
        \techo '$^' >$@
        out/group: out/c2 in/b
        .PHONY: out/group

        """),
    Sample(name: "searched folders", text: "vpath %.src in\nout/v: v.src\n\tcat $< >$@\n"),
  ]

  @Test("as the whole makefile gives it", arguments: samples)
  func fidelity(sample: Sample) async throws {
    let inputs = ["in/a": "A\n", "in/b": "B\n", "in/order": "O\n", "in/v.src": "V\n"]
    let world = try World(sample.text, members: ["n1"])
    for (path, text) in inputs { try world.set(path, text) }
    let problems = try await world.round().problems
    #expect(problems == [])
    let scratch = try Scratch()
    for folder in ["root", "root/in", "root/out"] { try scratch.makeFolder(folder) }
    for (path, text) in inputs { try scratch.write("root/\(path)", text) }
    try scratch.write("root/Makefile", sample.text)
    let targets = world.filesInTree.keys.filter { $0.hasPrefix("out/") }
    let process = MakeProcess(
      arguments: ["-r", "-R"] + targets,
      environment: ["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/nowhere"],
      folder: scratch.path + "/root", limits: MakeLimits())
    let outcome = try process.run()
    #expect(outcome.exitCode == 0, "\(outcome.output)")
    #expect(targets.count > 0)
    for target in targets {
      #expect(world.text(target) == scratch.text("root/\(target)"), "\(target)")
    }
  }
}
