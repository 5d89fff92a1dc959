import DMakefile
import Model
import Testing

@Suite("A makefile without notation is passed on byte for byte")
struct TransparencyTests {
  static let recipes = [
    "awk '{print $$1}' a.xml", "awk '/x/ {s+=$$2} END {print s}' n1/state.xml",
    "echo ${VAR} $(VAR) $${HOME} $$HOME",
    "cp a.xml{,.bak}", "cp n1/state.xml{,.old} b", "ls a.xml{a,b}", "touch f.xml{1..3}",
    "git show HEAD@{1}:a.xml",
    "git log @{upstream}", "echo '{\"a.xml\": {\"b\": 1}}'", "echo '{\"x\":\"a.xml{b}\"}'",
    "curl -d '{\"file\":\"n1/state.xml{load}\"}' http://localhost", "sed -e 's/a.xml{b}/c/' -e '/x/{n;d}' f",
    "for f in *.xml; do echo $${f%.xml} $${f##*/}; done", "[ -f a ] && { echo a; exit 1; } || true",
    "find . -name '*.xml' -exec cat {} +", "find . -name x.xml -exec cat {} \\;", "xargs -I{} cp {} {}.bak",
    "perl -ne 'print if /a{2}/' f", "grep -E 'x{3,}' a.xml", "echo a{b}c x{y}", "echo # see a.xml{b}",
    "printf '%s\\n' $(foreach f,$(A),$(f){x})", "python3 -c 'print(f\"{x}\")'", "jq '.a{b}' f.json",
    "echo \\\n  a{b,c} \\\n  d", "f() { echo $$1; }; f x", "docker ps --format '{{.Names}}'",
    "kubectl get -o jsonpath='{.items[*].a}'", "@: {} {a} {{}}", "echo \"{\\\"k\\\": 1}\"",
  ]

  static let makefiles = [
    "A = x{y}\nB := ${A}{z}\nall: $(A:%.c=%.o) ${B}\n\techo $@\n", "", "\n\n# only {a} comment\n",
    "define F\n\techo a{b}\nendef\nall:\n\t$(F)\n", "%.o: %.c | dir\n\tcc -c $<\ndir: ; mkdir -p $@\n",
    "x y &: z\n\ttouch x y\n", "ifeq ($(A),b)\nall:: ; echo {a}\nendif\n", "all: A = {b}\nall: export B=c{d}\n",
    "a.o b.o: %.o: %.c\n\tcc\n", "include x.mk\n-include $(wildcard *.mk)\n", "all:\r\n\techo {a}\r\n",
    "all: a\\ b c\\:d $$(@D)/x\n\techo \\\n\t  {x}", ".SECONDEXPANSION:\nall: $$(@D)/x{1}\n",
    "arr[0] = a\n[x]: b\n\techo\n", "export PATH := {a}:$(PATH)\nvpath %.c src{a}\n",
    "$(info {a}) $(eval A={b})\n",
    "T := $(shell awk '{print}' f)\nall: $(shell awk '{print $$1}' f)\n",
  ]

  @Test("recipes of awk, sed, git, JSON and the shell", arguments: recipes)
  func recipe(text: String) throws {
    try expectTransparent("all: a b\n\t\(text)\n")
    try expectTransparent("all: a b ; \(text)\n")
    try expectTransparent("all: a b\n\t@-\(text)")
  }

  @Test("makefiles", arguments: makefiles)
  func makefile(text: String) throws { try expectTransparent(text) }

  @Test("bytes that are not UTF-8")
  func notUTF8() throws {
    let bytes = Array("a: b\n\techo ".utf8) + [0xff, 0xfe, 0x7b, 0x80, 0x7d] + Array("\n".utf8)
    let translation = Translator.translate(bundle: try Bundle(bytes: bytes))
    #expect(translation.files.first?.bytes == bytes)
  }

  private func expectTransparent(_ text: String) throws {
    let translation = Translator.translate(bundle: try Bundle(text))
    #expect(translation.text == text)
    #expect(translation.isTransparent)
    #expect(translation.tags == [])
    #expect(!translation.diagnostics.hasErrors, "\(translation.diagnostics.map(\.message))")
  }
}
