import ArgumentParser
import GroupProtocol
import Logging
import Model
import Testing
import Transport

@testable import CommandLineTool

@Suite("The command line")
struct ParsingTests {
  @Test("names the value that `--why` explains")
  func why() throws {
    let tagged = try ValueReference.parse("n1/web/config.xml{stream[@id='7']/rate}")
    #expect(tagged.path.text == "n1/web/config.xml")
    #expect(tagged.tag == "stream[@id='7']/rate")
    #expect(try ValueReference.parse("n1/haproxy/haproxy.cfg").tag == nil)
  }

  @Test("refuses what is no value", arguments: ["", "{a}", "n1/web/config.xml{}", "../x{a}", "n1//x", "a b"])
  func badWhy(text: String) { #expect(throws: ValidationError.self) { try ValueReference.parse(text) } }

  @Test("takes the value of an option that may have none wherever it stands, and no other for it")
  func optionalValues() throws {
    func apply(_ arguments: String...) throws -> ApplyCommand? {
      try DMakeCommand.parseAsRoot(DMakeTool.separated(["apply"] + arguments)) as? ApplyCommand
    }
    for arguments in [
      ["--rollback=ffff", "--wait"], ["--wait", "--rollback=ffff"], ["--rollback", "ffff", "--wait"],
    ] {
      let command = try DMakeCommand.parseAsRoot(DMakeTool.separated(["apply"] + arguments)) as? ApplyCommand
      #expect(command?.rollback?.description == "ffff" && command?.wait == true)
    }
    #expect(try apply("--rollback", "--wait")?.rollback?.description == "previous")
    #expect(try apply("--lift=a/b.xml{c}", "-o", "json")?.lift?.targets == ["a/b.xml{c}"])
    #expect(try apply("--lift", "-o", "json")?.lift?.targets == [])
    for bad in ["--rollback=zz", "--rollback=", "--rollback=0xff", "--lift="] {
      #expect(throws: (any Error).self) { try apply(bad, "-o", "json") }
    }
    #expect(DMakeTool.separated(["lint", "--", "--lift=x"]) == ["lint", "--", "--lift=x"])
  }

  @Test("takes leaders from the environment, with commas or spaces between them")
  func leaders() throws {
    let environment = Environment { $0 == "DMAKE_LEADERS" ? "127.0.0.1:7420, unix:/run/x.sock" : nil }
    #expect(
      try LeaderAddresses.from(environment) == [
        .tcp(host: "127.0.0.1", port: 7420), .unix(path: "/run/x.sock"),
      ])
    #expect(try LeaderAddresses.from(Environment { _ in nil }) == [LeaderAddresses.standard])
    let failure = #expect(throws: CommandFailure.self) {
      try LeaderAddresses.from(Environment { _ in "unix:x" })
    }
    #expect(failure?.status == .usage)
  }

  @Test(
    "ends with a code of its own for each kind of trouble",
    arguments: [
      (TransportError.Kind.unreachable, CommandLineTool.ExitStatus.unavailable), (.notAllowed, .notAllowed),
      (.timedOut, .timeout), (.badAddress, .usage), (.addressInUse, .unavailable),
    ])
  func codes(kind: TransportError.Kind, status: CommandLineTool.ExitStatus) {
    #expect(CommandFailure(TransportError(kind, "x")).status == status)
  }

  @Test(
    "refuses combinations that mean nothing",
    arguments: [
      ["apply", "--history", "--rollback"], ["apply", "--history", "policy"], ["apply", "--wait", "-n"],
      ["apply", "--history", "-n"], ["apply", "--lift", "-n"], ["apply", "--lift", "--rollback"],
      ["apply", "--lift", "--wait"], ["status", "--at", "7"],
      ["status", "--why", "a", "--why-not", "a"], ["status", "n1", "--why-not", "a"],
      ["status", "--since", "7"],
      ["status", "--log"], ["status", "n1", "--log"], ["status", "n1/DMake", "--log"],
      ["status", "n1/web", "-f"],
      ["status", "n1/web", "--lines", "5"], ["status", "n1/web", "--log", "--lines", "10001"],
      ["status", "n1/web", "--log", "--lines=-1"], ["status", "n1/web", "--log", "--watch"],
      ["status", "n1/web", "--log", "-o", "json"], ["status", "n1/web", "--log", "--why", "n1/web/state.xml"],
      ["leader", "--keep-provenance", "1ms"],
      ["apply", "-f", "a", "-C", "b"], ["status", "n1", "--why", "n1/web/state.xml"],
      ["leader", "--lease", "1s", "--tick", "1s"], ["leader", "--tick", "1ms"], ["leader", "-j", "0"],
      ["lint", "--schema", "--config", "x"], ["lint", "--config", "x", "-o", "make"],
      ["lint", "--explain", "DM101", "policy"], ["status", "--every", "1ms"],
    ])
  func combinations(arguments: [String]) {
    let error = #expect(throws: (any Error).self) { try DMakeCommand.parseAsRoot(arguments) }
    if let error { #expect(DMakeCommand.exitCode(for: error) == .validationFailure) }
  }
}

@Suite("Log lines")
struct LogLineTests {
  private let pairs = [("node", "n1"), ("reason", "it \"broke\"\nbadly"), ("empty", "")]
    .map { (key: $0.0, value: $0.1) }

  @Test("are one line each, whatever is in them")
  func text() {
    #expect(
      ErrorLogHandler.line(.text, time: Sample.time, .warning, "a node is lost", pairs)
        == "2014-06-01T12:00:00.000Z warning a node is lost node=n1 reason=\"it \\\"broke\\\"\\nbadly\" empty=\"\"\n"
    )
  }

  @Test("are JSON objects for collectors")
  func json() {
    #expect(
      ErrorLogHandler.line(.json, time: Sample.time, .info, "started", [(key: "pid", value: "1")])
        == "{\"time\":\"2014-06-01T12:00:00.000Z\",\"level\":\"info\",\"message\":\"started\",\"pid\":\"1\"}\n")
  }
}
