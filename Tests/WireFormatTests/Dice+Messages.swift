import GroupProtocol
import Model

extension Dice {
  mutating func applied() throws -> AppliedFile {
    AppliedFile(
      file: try nodeFile(), stamp: stamp(), digest: maybe { $0.digest() }, problem: maybe { $0.text() })
  }

  mutating func process() throws -> ProcessReport {
    ProcessReport(
      name: try processName(), phase: one(of: ProcessReport.Phase.allCases),
      pid: maybe { Int32($0.number(1...4_000_000)) }, starts: word(), since: time(), detail: text(),
      hastyStarts: number(0...9))
  }

  mutating func hello() throws -> Hello {
    Hello(
      node: try nodeName(), instance: text(), incarnation: word(), stamp: stamp(),
      applied: try list { try $0.applied() }, version: text(), groups: text(), interest: digest(),
      local: flag() ? .none : localReport())
  }

  mutating func localReport() -> LocalReport {
    LocalReport(
      part: digest(), policy: maybe { $0.digest() },
      problems: list { dice in
        let problem = dice.problem()
        return RuleProblem(
          kind: problem.kind, place: problem.place, target: problem.target, message: problem.message,
          attempts: problem.attempts, retryAt: problem.retryAt)
      }, tick: maybe { $0.word() })
  }

  mutating func localPart() throws -> LocalPart {
    LocalPart(
      policy: maybe { $0.digest() }, since: stamp(), files: SortedSet(try list { try $0.nodeFile() }))
  }

  mutating func localRecord() throws -> LocalRecord {
    var record = LocalRecord()
    record.part = try localPart()
    (record.index, record.tick) = (word(), word())
    record.owned = SortedSet(try list { try $0.nodeFile() })
    record.pending = try configuration().files
    for _ in 0..<number(0...3) { record.memory[text()] = bytes() }
    record.events = try list { try $0.event() }
    return record
  }

  mutating func inForce() throws -> InForce {
    InForce(processes: try list { try $0.processName() }, fenced: try list { try $0.processName() })
  }

  mutating func report() throws -> Report {
    let body: Report.Body =
      switch number(0...3) {
      case 0: .state(try nodeFile(), maybe { $0.content() })
      case 2: .inForce(try inForce())
      case 1: .stopped(try processName(), end(), time())
      default: .held(try nodeFile(), stamp(), content())
      }
    return Report(sequence: word(), previous: word(), body: body)
  }

  mutating func agentMessage() throws -> AgentMessage {
    switch number(0...8) {
    case 7: .log(number: word(), logResult())
    case 6: .local(localReport())
    case 0: .hello(try hello())
    case 1: .report(try report())
    case 2: .heartbeat(number: word())
    case 3: .applied(try list { try $0.applied() })
    case 4: .processes(try list { try $0.process() })
    case 5: .interested(digest())
    default: .goodbye
    }
  }

  mutating func welcome() -> Welcome {
    Welcome(epoch: word(), acknowledged: word(), resend: flag(), holdings: flag(), timing: timing())
  }

  mutating func configuration() throws -> Configuration {
    Configuration(
      stamp: stamp(), seen: word(),
      files: try list { dice in
        Configuration.File(
          file: try dice.nodeFile(), stamp: dice.stamp(), content: dice.maybe { $0.content() })
      })
  }

  mutating func leaderMessage() throws -> LeaderMessage {
    switch number(0...7) {
    case 6: .readLog(number: word(), try logQuery())
    case 5: .local(try localPart(), try maybe { try $0.bundle() })
    case 0: .welcome(welcome())
    case 1: .refused(text(), isFinal: flag())
    case 2: .acknowledged(sequence: word())
    case 3: .answered(heartbeat: word())
    case 4: .interest(try nodeInterest())
    default: .configure(try configuration())
    }
  }

  mutating func logPlace() -> LogPlace { LogPlace(file: word(), offset: word(), mark: word()) }

  mutating func logQuery() throws -> LogQuery {
    LogQuery(process: try processName(), lines: number(0...LogQuery.lineLimit), from: maybe { $0.logPlace() })
  }

  mutating func logChunk() -> LogChunk {
    LogChunk(bytes: content().bytes, next: logPlace(), isAtEnd: flag(), hasGap: flag())
  }

  mutating func logResult() -> LogResult {
    switch number(0...3) {
    case 0: .chunk(logChunk())
    case 1: .noOutput
    case 2: .noProcess
    default: .failed(text())
    }
  }

  mutating func activation() throws -> Activation {
    Activation(bundle: try bundle(), time: time(), author: text())
  }

  mutating func entry() throws -> LogEntry {
    switch number(0...7) {
    case 6: .lifted(Lift(targets: list { $0.text() }, time: time(), author: text()))
    case 0: .opened(epoch: word(), timing: timing(), time: time())
    case 1: .tick(renewed: try list { try $0.nodeName() }, time: time())
    case 2:
      .joined(Admission(node: try nodeName(), instance: text(), incarnation: word(), time: time()))
    case 3: .reported(try nodeName(), incarnation: word(), try report())
    case 4: .left(try nodeName(), incarnation: word(), time: time())
    case 5: .activated(try activation())
    default: .finished(try result())
    }
  }
}
