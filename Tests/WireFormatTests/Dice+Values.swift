import Model

extension Dice {
  mutating func identity() throws -> EventIdentity {
    EventIdentity(node: try nodeName(), incarnation: word(), sequence: word())
  }

  mutating func end() -> ProcessEnd {
    switch number(0...5) {
    case 0: .exited(code: Int32(number(-3...300)))
    case 1: .signalled(Int32(number(1...64)))
    case 2: .unknown
    case 3: .unhealthy(text())
    case 4: .outOfMemory
    default: .notStarted(text())
    }
  }

  mutating func event() throws -> Event {
    let kind: Event.Kind =
      switch number(0...2) {
      case 0: .newNode
      case 1:
        .failNode(try list { LostProcess(name: try $0.processName(), surelyStopped: $0.flag()) })
      default: .stopProc(try processName(), end())
      }
    return Event(identity: try identity(), kind: kind, time: time())
  }

  mutating func change() throws -> TreeChange { TreeChange(try path(), maybe { $0.content() }) }
  mutating func place() -> SourcePlace { SourcePlace(file: text(), line: number(0...100_000)) }
  mutating func reference() throws -> ValueReference { ValueReference(try path(), tag: maybe { $0.text() }) }

  mutating func problem() -> RuleProblem {
    RuleProblem(
      kind: one(of: RuleProblem.Kind.allCases), place: maybe { $0.place() }, target: text(), message: text(),
      attempts: number(0...99), retryAt: maybe { $0.word() },
      details: list { dice in
        RuleProblem.Detail(reference: dice.text(), texts: dice.list { $0.maybe { $0.text() } })
      })
  }

  mutating func runReason() -> RunReason {
    switch number(0...6) {
    case 0: .new
    case 1: .ruleChanged
    case 2: .changed(text())
    case 3: .missingOutput
    case 4: .retry(after: one(of: RuleProblem.Kind.allCases), attempts: number(0...99))
    case 5: .always
    default: .lifted
    }
  }

  mutating func provenance() throws -> Provenance {
    Provenance(
      value: try reference(), place: place(), index: word(), reasons: list { $0.runReason() },
      inputs: list { dice in
        Provenance.Input(
          reference: dice.text(), old: dice.maybe { $0.text() }, new: dice.maybe { $0.text() },
          changedAt: dice.maybe { $0.word() }, isCut: dice.flag())
      }, old: maybe { $0.text() }, new: maybe { $0.text() }, isCut: flag())
  }

  mutating func interest() throws -> Interest {
    Interest(
      files: SortedMap(try list { (try $0.path(), $0.fileInterest()) }), isEverything: flag(),
      readsNames: flag())
  }

  mutating func nodeInterest() throws -> NodeInterest {
    NodeInterest(
      files: SortedMap(try list { (try $0.nodeFile(), $0.fileInterest()) }), isEverything: flag())
  }

  private mutating func fileInterest() -> FileInterest {
    flag() ? .whole : .tags(SortedSet(list { $0.text() }))
  }

  mutating func memoryChange() -> MemoryChange { MemoryChange(key: text(), value: maybe { $0.bytes() }) }

  mutating func result() throws -> RoundResult {
    RoundResult(
      index: word(), changes: try list { try $0.change() }, handled: try list { try $0.identity() },
      problems: list { $0.problem() }, provenance: try list { try $0.provenance() },
      memory: list { $0.memoryChange() }, interest: try maybe { try $0.interest() }, passes: number(0...16),
      local: try maybe { dice in
        SortedMap(try dice.list { (try $0.nodeName(), SortedSet(try $0.list { try $0.nodeFile() })) })
      })
  }

  mutating func bundle() throws -> Bundle {
    var files = SortedMap<TreePath, Bundle.File>()
    for _ in 0..<number(0...4) {
      let path = try path()
      files[path] = Bundle.File(path: path, isExecutable: flag(), content: content())
    }
    return Bundle(files: files.values)
  }
}
