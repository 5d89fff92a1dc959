import Glibc
import Model
import Testing

@testable import MakeWrapper

@Suite("make runs as a child that cannot hurt")
struct MakeProcessTests {
  private func outcome(
    of makefile: String, goals: [String] = [], limits: MakeLimits = MakeLimits(), confined: Bool = false,
    in folder: Scratch
  ) throws -> MakeOutcome {
    try folder.write("Makefile", "export DMAKE_TARGET = $@\n" + makefile)
    try folder.makeFolder("scratch")
    let process = MakeProcess(
      arguments: ["-k", "--trace"] + goals, environment: ["PATH": "/usr/bin:/bin", "LC_ALL": "C"],
      folder: folder.path, limits: limits, confinedTo: confined ? folder.path + "/scratch" : nil,
      startOfRecipe: {
        $0.contains(": update target '") || $0.contains(": target '")
          ? String($0.split(separator: "'")[1]) : nil
      })
    return try process.run()
  }

  @Test("its environment and working folder are what it is given, and nothing else")
  func environment() throws {
    let folder = try Scratch()
    setenv("DMAKE_TEST_LEAK", "1", 1)
    let outcome = try outcome(of: "all:\n\t@pwd > pwd; env | sort > env\n", in: folder)
    #expect(outcome.exitCode == 0)
    #expect(folder.text("pwd") == folder.path + "\n")
    let names = folder.text("env")?.split(separator: "\n").compactMap { $0.split(separator: "=").first }
    #expect(names?.contains("DMAKE_TEST_LEAK") == false)
    #expect(names?.contains("DMAKE_TARGET") == true)
  }

  @Test("a recipe that hangs is killed with its grandchildren, and make goes on with the others")
  func hang() throws {
    let folder = try Scratch()
    let limits = MakeLimits(recipe: .milliseconds(300))
    let outcome = try outcome(
      of: """
        all: bad good
        bad:
        \t@(sleep 1000 & echo $$! > grandchild; wait)
        good:
        \t@echo done > good

        """, limits: limits, in: folder)
    #expect(outcome.exitCode == 2)
    #expect(outcome.stopped == [.init(target: "bad", reason: .timedOut)])
    #expect(folder.text("good") == "done\n")
    #expect(!folder.isAlive(processIn: "grandchild"))
  }

  @Test("a recipe that stops make, or make's parent, delays the run and no more")
  func stopped() throws {
    let folder = try Scratch()
    let outcome = try outcome(
      of: """
        all: make parent good
        make:
        \t@kill -STOP $$PPID
        parent:
        \t@kill -STOP $$(ps -o ppid= $$PPID)
        good:
        \t@echo done > good

        """, in: folder)
    #expect(outcome.exitCode == 0)
    #expect(folder.text("good") == "done\n")
  }

  @Test("a daemon that a recipe leaves behind in a session of its own does not survive")
  func daemon() throws {
    let folder = try Scratch()
    let outcome = try outcome(
      of: """
        all:
        \t@setsid sh -c 'sh -c "echo \\$$\\$$ > daemon; exec sleep 1000" & :' ; while [ ! -s daemon ]; do :; done

        """, in: folder)
    #expect(outcome.exitCode == 0)
    #expect(outcome.leftovers >= 1)
    #expect(folder.text("daemon") != nil)
    #expect(!folder.isAlive(processIn: "daemon"))
  }

  @Test("a recipe that prints without end is killed and reported as flooding")
  func flood() throws {
    let folder = try Scratch()
    let outcome = try outcome(
      of: "all: bad good\nbad:\n\t@yes\ngood:\n\t@echo done > good\n", in: folder)
    #expect(outcome.stopped == [.init(target: "bad", reason: .flooded)])
    #expect(outcome.output.utf8.count < 100_000)
    #expect(folder.text("good") == "done\n")
  }

  @Test("a recipe that writes a file without end meets the limit on files")
  func fileFlood() throws {
    let folder = try Scratch()
    let outcome = try outcome(
      of: "all:\n\t@yes > big\n", limits: MakeLimits(fileLimitBytes: 1 << 20), in: folder)
    #expect(outcome.exitCode == 2)
    #expect((folder.text("big")?.utf8.count ?? 0) <= 1 << 20)
  }

  @Test("the limit of the whole run ends make itself")
  func wholeRun() throws {
    let folder = try Scratch()
    let outcome = try outcome(
      of: "x := $(shell sleep 1000)\nall:\n", limits: MakeLimits(run: .milliseconds(300)), in: folder)
    #expect(outcome.isStopped)
  }

  @Test("a confined run writes nothing outside its folder")
  func confinement() throws {
    let folder = try Scratch()
    let outcome = try outcome(
      of: """
        x := $(shell echo no > outside; echo yes > scratch/inside)
        all:

        """, confined: true, in: folder)
    #expect(outcome.exitCode == 0)
    #expect(folder.text("scratch/inside") == "yes\n")
    #expect(folder.text("outside") == nil)
  }

  @Test("make that is not there is an error with its name")
  func missing() throws {
    let process = MakeProcess(
      program: "/nonexistent/make", arguments: [], environment: [:], folder: "/", limits: MakeLimits())
    #expect(throws: MakeProcessError(program: "/nonexistent/make", errno: ENOENT)) { try process.run() }
  }
}
