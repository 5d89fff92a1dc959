import Model
import NodeSchema
import Supervision
import Testing

@Suite("The notation of a node's configuration")
struct NodeSchemaTests {
  private func decode(_ text: String) throws -> NodeConfiguration { try NodeSchema.decode(Content(text)).get() }

  private func problems(_ text: String) -> [String] {
    switch NodeSchema.decode(Content(text)) {
    case .success: []
    case .failure(let problems): problems.errors.map(\.description)
    }
  }

  @Test("the smallest process has the documented defaults")
  func defaults() throws {
    let configuration = try decode(
      "<config><process name='web'><executable>/bin/true</executable></process></config>")
    let web = try #require(configuration.processes[try ProcessName("web")])
    #expect(web == ProcessConfiguration(name: try ProcessName("web"), executable: "/bin/true"))
    #expect(web.watchedFiles == ["state.xml"])
    #expect(web.restart == .always)
  }

  @Test("rights, limits and what is said of restarts are read")
  func rights() throws {
    let configuration = try decode(
      """
      <config>
        <process name="web" on-agent-exit="stop" data="remove" umask="0027" nice="-5" no-new-privileges="yes">
          <executable>/bin/true</executable>
          <supplementary-group>adm</supplementary-group><supplementary-group>4</supplementary-group>
          <limit name="nofile" soft="1K" hard="4096"/><limit name="core" soft="infinity"/>
          <back-off initial="1s" jitter="25%"/>
          <start-limit count="5" within="1m"/>
          <no-restart exit="3"/><no-restart exit="64"/>
          <log size="1M" keep="4"/>
        </process>
      </config>
      """)
    let web = try #require(configuration.processes[try ProcessName("web")])
    #expect(web.onAgentExit == .stop && web.data == .remove)
    #expect(web.rights.umask == 0o027 && web.rights.nice == -5 && web.rights.hasNoNewPrivileges)
    #expect(web.rights.supplementaryGroups == ["adm", "4"])
    #expect(web.rights.limits[.openFiles] == .init(soft: 1024, hard: 4096))
    #expect(web.rights.limits[.core] == .init(soft: .max, hard: .max))
    #expect(web.backOff.jitterPercent == 25 && web.backOff.initial == .seconds(1))
    #expect(web.startLimit == StartLimit(count: 5, within: .seconds(60)))
    #expect(web.finalExitCodes == [3, 64])
    #expect(web.log == LogSize(bytes: 1 << 20, keep: 4))
  }

  @Test("what a change of a part needs is read")
  func reloads() throws {
    let configuration = try decode(
      """
      <config>
        <process name="web" reload="SIGHUP">
          <executable>/bin/true</executable>
          <reload of="config.xml{listen/port}" by="restart"/>
          <reload of="config.xml{log[@kind='a']}" by="SIGUSR1"/>
          <reload of="table.cfg" by="none"/>
        </process>
      </config>
      """)
    let web = try #require(configuration.processes[try ProcessName("web")])
    #expect(
      web.reloadRules == [
        ReloadRule(file: "config.xml", tag: "listen/port", need: .restart),
        ReloadRule(file: "config.xml", tag: "log[@kind='a']", need: .signal(try #require(Signal("SIGUSR1")))),
        ReloadRule(file: "table.cfg", tag: nil, need: .none),
      ])
  }

  @Test(
    "what a change needs and makes no sense names the line",
    arguments: [
      ("of='state.xml{a}' by='restart'", "the file `state.xml` is not delivered to the process"),
      ("of='table{a}' by='restart'", "`table{a}` is neither a file nor a value of one"),
      ("of='config.xml{a' by='restart'", "`config.xml{a` is neither a file nor a value of one"),
      ("of='config.xml{a[}' by='restart'", "`config.xml{a[}` names no part of a file"),
      ("of='../x' by='restart'", "`../x`"),
      ("of='x' by='SIGNOTHING'", "`SIGNOTHING` is not a signal"),
      ("of='x' by='SIGRTMIN+3'", "`SIGRTMIN+3` is a real-time signal, and none of them is sent"),
      ("of='x' by='none'/><reload of='x' by='restart'", "what a change of `x` needs is said twice"),
    ])
  func badReload(attributes: String, message: String) {
    let found = problems(
      "<config>\n<process name='web'><executable>/bin/true</executable>\n<reload \(attributes)/></process></config>"
    )
    #expect(found.contains { $0.hasPrefix("3: ") && $0.contains(message) }, "\(found)")
  }

  @Test(
    "rights and limits that make no sense name the line",
    arguments: [
      ("<limit name='nofile' soft='9' hard='8'/>", "the soft limit of `nofile` is above the hard one"),
      ("<limit name='core' soft='1'/><limit name='core' soft='2'/>", "the limit of `core` is given twice"),
      ("<start-limit count='1' within='0'/>", "the time `within` which starts are counted is zero"),
      ("<log size='1K'/>", "a log of less than 4096 bytes would be set aside all the time"),
    ])
  func badRights(element: String, message: String) throws {
    let text = "<config>\n<process name='web'><executable>/bin/true</executable>\n\(element)</process></config>"
    #expect(problems(text) == ["3: \(message)"])
    for unknown in ["<limit name='files' soft='1'/>", "<no-restart exit='256'/>", "<log size='1T'/>"] {
      #expect(!problems(text.replacing(element, with: unknown)).isEmpty)
    }
  }

  @Test("limits of a control group are read, and what of them makes no sense names the line")
  func group() throws {
    func text(_ element: String) -> String {
      "<config>\n<process name='web'><executable>/bin/true</executable>\n\(element)</process></config>"
    }
    let all =
      "<cgroup cpu-max='150%' cpu-weight='50' memory-max='1G' memory-high='800M' pids-max='64' required='no'/>"
    let limits = try #require(try decode(text(all)).processes[try ProcessName("web")]).rights.groupLimits
    #expect(limits.processorPercent == 150 && limits.processorWeight == 50 && limits.processes == 64)
    #expect(limits.memoryBytes == 1 << 30 && limits.memoryHighBytes == 800 << 20 && !limits.isRequired)
    #expect(
      try decode(text("<cgroup pids-max='1'/>")).processes.values.first?.rights.groupLimits.isRequired == true)
    #expect(
      problems(text("<cgroup memory-max='1M' memory-high='2M'/>")) == [
        "3: `memory-high` is above `memory-max`, so it would never be reached"
      ])
    #expect(
      problems(text("<cgroup memory-max='4096'/>")) == [
        "3: `memory-max` is less than 64K, with which no program starts"
      ])
    #expect(problems(text("<cgroup required='no'/>")).first?.hasPrefix("3: `cgroup` limits nothing") == true)
    #expect(
      problems(text("<cgroup memory-max='999999999999999G'/>")) == [
        "3: `memory-max` is more than any machine has; leave it out"
      ])
    for wrong in [
      "cpu-max='2'", "cpu-max='0%'", "cpu-weight='0'", "pids-max='0'", "memory-max='1T'", "memory='1M'",
    ] {
      let found = problems(text("<cgroup \(wrong)/>"))
      #expect(found.contains { $0.hasPrefix("3: invalid attribute") }, "\(found)")
    }
  }

  @Test("probes are read, and what of them makes no sense names the line")
  func probes() throws {
    let command = "<executable>df</executable><argument>-k</argument>"
    func text(_ attributes: String) -> String { "<config>\n<probe \(attributes)>\(command)</probe></config>" }
    let plain = try #require(try decode(text("name='disks'")).probes.first)
    #expect(plain == NodeProbe(name: "disks", command: ["df", "-k"]))
    let probe = try #require(
      try decode(text("name='disks' every='1m' timeout='2s' failures='5'")).probes.first)
    #expect(probe.every == .seconds(60) && probe.timeout == .seconds(2) && probe.failures == 5)
    #expect(problems(text("name='disks' every='999ms'")) == ["2: `every` is shorter than 1s"])
    #expect(problems(text("name='disks' timeout='0'")) == ["2: `timeout` is no time, or more than 1h"])
    let double = "<probe name='disks'>\(command)</probe>\n</config>"
    #expect(
      problems(text("name='disks'").replacing("</config>", with: double)) == [
        "2: the probe `disks` stands in line 2 already; give this one another name"
      ])
    for wrong in ["name='a b'", "name='A'", "", "name='a' failures='0'", "name='a' by='tcp'"] {
      #expect(!problems(text(wrong)).isEmpty)
    }
    let many = (1...17).map { "<probe name='p\($0)'>\(command)</probe>" }.joined()
    #expect(
      problems("<config>\(many)</config>") == ["1: there are 17 probes; at most 16 are allowed on a node"])
  }

  @Test("what becomes of an isolated node is read, for all processes and for one")
  func isolation() throws {
    let configuration = try decode(
      """
      <config on-isolation="stop">
        <process name="web"><executable>/bin/true</executable></process>
        <process name="db" on-isolation="keep"><executable>/bin/true</executable></process>
        <isolation><executable>poweroff</executable><argument>-f</argument></isolation>
      </config>
      """)
    #expect(configuration.processes[try ProcessName("web")]?.onIsolation == .stop)
    #expect(configuration.processes[try ProcessName("db")]?.onIsolation == .keep)
    #expect(configuration.isolationCommand == ["poweroff", "-f"])
    #expect(
      problems("<config>\n<isolation><executable/></isolation></config>") == [
        "2: `executable` is empty; name a program"
      ])
    #expect(!problems("<config on-isolation='burn'/>").isEmpty)
    #expect(!problems("<config on-isolation='command'/>").isEmpty)
  }

  @Test(
    "a mask is written as umask(1) takes it",
    arguments: [("22", 0o022), ("0", 0), ("077", 0o077), ("0027", 0o027)])
  func umask(text: String, mask: UInt32) throws {
    let configuration = try decode(
      "<config><process name='web' umask='\(text)'><executable>/bin/true</executable></process></config>")
    #expect(try configuration.processes[ProcessName("web")]?.rights.umask == mask)
  }

  @Test("a process has a command for isolation exactly where it says so")
  func isolationCommand() throws {
    func text(_ attribute: String, _ element: String) -> String {
      "<config on-isolation='stop'>\n<process name='web' \(attribute)><executable>/bin/true</executable>\(element)</process></config>"
    }
    let element = "<isolation><executable>drain</executable><argument>now</argument></isolation>"
    let web = try #require(
      try decode(text("on-isolation='command'", element)).processes[try ProcessName("web")])
    #expect(web.onIsolation == .command && web.isolationCommand == ["drain", "now"])
    for (attribute, element) in [
      ("on-isolation='command'", ""), ("", element), ("on-isolation='keep'", element),
    ] {
      let found = problems(text(attribute, element))
      #expect(found.count == 1 && found[0].hasPrefix("2: a command of `isolation`"), "\(found)")
    }
  }

  @Test("checks of health are read")
  func health() throws {
    let configuration = try decode(
      """
      <config>
        <process name="web">
          <executable>/bin/true</executable>
          <ready by="tcp" address="[::1]:80" within="2m" every="1s" timeout="500ms"/>
          <alive by="command" every="5s" failures="4"><executable>check</executable><argument>-v</argument></alive>
          <stale after="30s"/>
        </process>
        <process name="db">
          <executable>/bin/true</executable>
          <ready by="file" name="up"/>
          <alive by="notify"/>
        </process>
      </config>
      """)
    let web = try #require(configuration.processes[try ProcessName("web")]).health
    #expect(web.readiness?.probe == SocketAddress("[::1]:80").map { .tcp($0) })
    #expect(web.readiness?.within == .seconds(120) && web.readiness?.every == .seconds(1))
    #expect(web.readiness?.timeout == .milliseconds(500))
    #expect(web.liveness?.probe == .command(["check", "-v"]))
    #expect(web.liveness?.every == .seconds(5) && web.liveness?.failures == 4)
    #expect(web.staleAfter == .seconds(30))
    let db = try #require(configuration.processes[try ProcessName("db")]).health
    #expect(db.readiness == .init(.file("up")) && db.liveness == .init(.notify))
  }

  @Test(
    "checks of health that make no sense name the line",
    arguments: [
      (
        "<ready by='tcp' address='localhost:80'/>",
        "`localhost:80` is no address to connect to; expected `address=\"127.0.0.1:80\"` or `\"[::1]:80\"`"
      ),
      ("<ready by='notify' name='up'/>", "`name` goes with `by=\"file\"`, not with `by=\"notify\"`"),
      ("<alive by='command'/>", "`alive` by a command needs an `executable`"),
      ("<alive by='file' name='stop-proc'/>", "the file `stop-proc` is not the process's to write"),
      ("<ready by='notify' within='0'/>", "nothing is ready `within` no time"),
      ("<ready by='notify' every='1ms'/>", "`every` is shorter than 20ms"),
    ])
  func badHealth(element: String, message: String) throws {
    let text = "<config>\n<process name='web'><executable>/bin/true</executable>\n\(element)</process></config>"
    #expect(problems(text) == ["3: \(message)"])
    for unknown in ["<ready/>", "<ready by='luck'/>", "<alive by='notify' failures='0'/>", "<stale/>"] {
      #expect(!problems(text.replacing(element, with: unknown)).isEmpty)
    }
  }

  @Test("everything that can be said is read, in any order of elements")
  func everything() throws {
    let configuration = try decode(
      """
      <config xmlns:x="urn:other">
        <x:note>free text</x:note>
        <process name="web" generation="7" restart="on-failure" refresh="2.5s" reload="SIGHUP">
          <argument> a b </argument>
          <stop signal="INT" grace="300ms"/>
          <executable>
            /usr/bin/python3
          </executable>
          <argument/>
          <watch>progress.txt</watch>
          <back-off initial="100ms" factor="3" limit="1m" healthy="5"/>
          <environment name="PORT">8001</environment>
          <folder>/srv</folder><user>www-data</user><group>33</group>
          <x:anything a="b"><c/></x:anything>
        </process>
        <environment name="LANG">C</environment>
      </config>
      """)
    var expected = ProcessConfiguration(name: try ProcessName("web"), executable: "/usr/bin/python3")
    expected.generation = "7"
    expected.restart = .onFailure
    expected.refresh = .period(.milliseconds(2500))
    expected.reload = .signal(.hangup)
    expected.arguments = [" a b ", ""]
    expected.stopSignal = .interrupt
    expected.stopGrace = .milliseconds(300)
    expected.watchedFiles = ["state.xml", "progress.txt"]
    expected.backOff = BackOff(
      initial: .milliseconds(100), factor: 3, limit: .seconds(60), healthyAfter: .seconds(5))
    expected.environment = ["PORT": "8001"]
    expected.workingFolder = "/srv"
    expected.user = "www-data"
    expected.group = "33"
    #expect(configuration.processes.values == [expected])
    #expect(configuration.launch(of: expected.name)?.environment == ["LANG": "C", "PORT": "8001"])
  }

  @Test("a configuration without processes stops everything")
  func empty() throws { #expect(try decode("<config/>") == .empty) }

  @Test(
    "what the schema does not know is refused with its line",
    arguments: [
      "<config>\n<proces name='web'/>\n</config>",
      "<config>\n<process name='web' retsart='never'><executable>/x</executable></process></config>",
      "<config>\n<process><executable>/x</executable></process></config>",
      "<config>\n<process name='web'/></config>",
      "<config>\n<process name='web' restart='often'><executable>/x</executable></process></config>",
      "<config>\n<process name='web' refresh='soon'><executable>/x</executable></process></config>",
      "<config>\n<process name='web'><executable>/x</executable><executable>/y</executable></process></config>",
    ])
  func violations(text: String) {
    let found = problems(text)
    #expect(found.count >= 1)
    #expect(found.contains { $0.hasPrefix("2: ") }, "\(found)")
  }

  @Test("every line is the one in which the start tag of what is wrong begins, whatever stands around it")
  func lines() {
    let right = "<process name='a'>\n<executable>/x</executable>\n</process>\n"
    func found(_ wrong: String, behind before: String = "") -> [String?] {
      let text = "<config>\n\(right)\(before)\(wrong)\n\(right.replacing("'a'", with: "'c'"))</config>"
      return problems(text).map { $0.split(separator: ":").first.map(String.init) }
    }
    #expect(found("<process name='b'\n  restart='often'\n>\n<executable>/x</executable></process>") == ["5"])
    #expect(found("<process name='b'\n restart='never'><executable>\n</executable></process>") == ["5"])
    #expect(found("<process\nname='a'><executable>/x</executable></process>") == ["5"])
    #expect(
      found("<process name='b'>\n<executable>/x</executable>\n<executable\n>/y</executable></process>") == ["7"]
    )
    #expect(found("<process name='b'>\n<executable>/x</executable>\n<stop grace='x'/></process>") == ["7"])
    #expect(found("<process name='b'>\n</process>") == ["5"])
    #expect(found("<environment\nname='DMAKE_X'\n\n>z</environment>") == ["5"])
    #expect(found("<proces/>", behind: "<!-- <\n -->\n<?x <\n?>\n") == ["9"])
  }

  @Test("what no schema can say is said in a sentence with its line")
  func sentences() {
    let text = """
      <config>
        <process name="a/b"><executable>/x</executable></process>
        <process name="web"><executable> </executable></process>
        <process name="web"><executable>/x</executable></process>
        <process name="c" reload="SIGNOTHING"><executable>/x</executable></process>
        <process name="d"><executable>/x</executable><watch>../x</watch></process>
        <process name="e"><executable>/x</executable><folder>here</folder></process>
        <process name="f"><executable>/x</executable><environment name="DMAKE_NODE">z</environment></process>
        <process name="g"><executable>/x</executable><back-off initial="0s"/></process>
      </config>
      """
    #expect(
      problems(text) == [
        "2: the process name `a/b` has characters other than a-z 0-9 . - _",
        "3: `executable` is empty; name a program",
        "4: the process `web` stands in line 3 already; give this one another name",
        "5: `SIGNOTHING` is not a signal; expected a name as SIGHUP, `restart` or `none`",
        "6: the path `d/../x` has a component that is empty or begins with a dot; expected names separated by single slashes",
        "7: the folder `here` is not an absolute path",
        "8: the variable `DMAKE_NODE` is the agent's own to set; choose a name without `DMAKE_`",
        "9: the `initial` delay of `back-off` is shorter than 10ms",
      ])
  }

  @Test(
    "hostile and broken XML is refused",
    arguments: [
      "", "not xml", "<config>", "<config></confi>",
      "<!DOCTYPE config [<!ENTITY a 'b'>]><config>&a;</config>",
      "<!DOCTYPE config SYSTEM 'file:///etc/passwd'><config/>",
      String(repeating: "<a>", count: 5000),
      "<other/>",
    ])
  func hostile(text: String) { #expect(!problems(text).isEmpty) }

  @Test("a file beyond the size limit is refused unread")
  func large() {
    let padding = String(repeating: " ", count: NodeSchema.limits.sizeLimitBytes)
    #expect(!problems("<config>\(padding)</config>").isEmpty)
  }
}
