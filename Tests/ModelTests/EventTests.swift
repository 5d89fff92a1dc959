import Model
import Testing

@Suite("Event files")
struct EventTests {
  let node: NodeName
  let web: ProcessName
  let time = WallTime(milliseconds: 1_401_624_000_000)

  init() throws {
    node = try NodeName("n1")
    web = try ProcessName("web")
  }

  private func stop(_ sequence: UInt64, _ end: ProcessEnd) -> Event {
    Event(
      identity: EventIdentity(node: node, incarnation: 3, sequence: sequence), kind: .stopProc(web, end),
      time: time)
  }

  @Test("a file lists its occurrences, oldest first, with all that is known of them")
  func stops() {
    let file = Event.file([
      stop(1, .exited(code: 1)), stop(2, .signalled(9)), stop(3, .unknown),
      stop(4, .notStarted("`/bin/<&\">`:\n no")), stop(5, .outOfMemory),
    ])
    let head = #"  <event node="n1" incarnation="3" sequence="#
    let tail = #" time="2014-06-01T12:00:00.000Z" process="web" "#
    #expect(
      file.text == """
        <events>
        \(head)"1"\(tail)exit="1"/>
        \(head)"2"\(tail)signal="9"/>
        \(head)"3"\(tail)exit="unknown"/>
        \(head)"4"\(tail)not-started="`/bin/&lt;&amp;&quot;>`:? no"/>
        \(head)"5"\(tail)signal="9" out-of-memory="yes"/>
        </events>

        """)
  }

  @Test("fail-node says of each process whether it has surely stopped")
  func lost() {
    let processes = [LostProcess(name: web, surelyStopped: true)]
    let event = Event(
      identity: EventIdentity(node: node, incarnation: 3, position: 17), kind: .failNode(processes), time: time)
    #expect(event.path == .failNode(node))
    #expect(
      Event.file([event]).text == """
        <events>
          <event node="n1" incarnation="3" sequence="17" time="2014-06-01T12:00:00.000Z">
            <process name="web" stopped="yes"/>
          </event>
        </events>

        """)
  }

  @Test("what the leader numbers and what an agent numbers never meet")
  func numbers() {
    let seen = EventIdentity(node: node, incarnation: 3, position: 7)
    let reported = EventIdentity(node: node, incarnation: 3, sequence: 7)
    #expect(seen != reported && reported < seen && seen.number == reported.number)
    #expect(seen.description == "n1/3/log7" && reported.description == "n1/3/7")
  }
}

@Suite("The tree as a value")
struct TreeTests {
  @Test("a file has the position at which it got its content; writing it again changes nothing")
  func positions() throws {
    var tree = Tree()
    let path = try TreePath("n1/web/state.xml")
    let changes: [(Content?, LogIndex)] = [
      (Content("a"), 3), (Content("a"), 4), (Content("b"), 5), (nil, 6), (nil, 7),
    ]
    var effective: [LogIndex] = []
    var positions: [LogIndex?] = []
    for (content, index) in changes {
      if tree.apply(TreeChange(path, content), at: index) { effective.append(index) }
      positions.append(tree[path]?.index)
    }
    #expect(effective == [3, 5, 6])
    #expect(positions == [3, 3, 5, nil, nil] && tree == Tree())
  }
}
