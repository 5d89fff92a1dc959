import FoundationEssentials
import Linux
import Model
import Supervision
import SwiftProtobuf
import WireFormat

/// A message that makes no sense, from a keeper or an agent of another kind.
struct KeeperMessageError: Error, Equatable, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// The number of a start: the next one must be a number, too.
private func checked(_ number: UInt64) throws -> UInt64 {
  guard number < WireLimit.number else {
    throw KeeperMessageError("\(number) is no number of a start; expected one below \(WireLimit.number)")
  }
  return number
}

/// A time that others can be added to.
private func length(_ milliseconds: Int64) -> Duration {
  min(max(.zero, .milliseconds(milliseconds)), WireLimit.timer.upperBound)
}

extension KeeperRequest {
  var bytes: [UInt8] {
    var wire = WireKeeperRequest()
    switch self {
    case .hello(let version): wire.hello.version = version
    case .start(let start): wire.start = start.wire
    case .signal(let name, let signal, let number, let toSession):
      wire.signal.name = name.text
      wire.signal.number = number
      wire.signal.signal = signal.number
      wire.signal.toSession = toSession
    case .settle(let name, let number):
      wire.settle.name = name.text
      wire.settle.number = number
    case .forget(let name): wire.forget = name.text
    case .isolation(let plan, let commands):
      wire.isolation = plan.wire
      wire.isolation.processCommands = commands.map(\.wire)
    case .lease(let until): wire.leaseUntilMs = until.milliseconds
    case .order(let name, .some(let order)): wire.order = order.wire(of: name)
    case .order(let name, nil): wire.withdrawnOrder = name.text
    }
    return wire.bytes
  }

  /// Nil: a request that this version does not know.
  init?(_ bytes: [UInt8]) throws {
    switch try WireKeeperRequest(serializedBytes: bytes).kind {
    case .hello(let hello): self = .hello(version: hello.version)
    case .start(let start): self = .start(try ProcessStart(start))
    case .signal(let signal):
      guard let number = Signal("\(signal.signal)") else {
        throw KeeperMessageError("\(signal.signal) is no signal")
      }
      self = .signal(
        try ProcessName(signal.name), number, number: try checked(signal.number), toSession: signal.toSession)
    case .settle(let settle): self = .settle(try ProcessName(settle.name), number: try checked(settle.number))
    case .forget(let name): self = .forget(try ProcessName(name))
    case .isolation(let plan):
      self = .isolation(try IsolationPlan(plan), running: try plan.processCommands.map(ProcessStart.init))
    case .leaseUntilMs(let milliseconds): self = .lease(until: length(milliseconds))
    case .order(let order): self = .order(try ProcessName(order.name), try StandingOrder(order))
    case .withdrawnOrder(let name): self = .order(try ProcessName(name), nil)
    case nil: return nil
    }
  }
}

extension KeeperRequest {
  /// Which start is asked for by a request that makes no sense otherwise; nil: none, or none that can be named.
  static func start(of bytes: [UInt8]) -> (ProcessName, number: UInt64)? {
    guard let wire = try? WireKeeperRequest(serializedBytes: bytes), case .start(let start) = wire.kind,
      let name = try? ProcessName(start.name)
    else { return nil }
    return (name, start.number)
  }
}

extension KeeperAnswer {
  var bytes: [UInt8] {
    var wire = WireKeeperAnswer()
    switch self {
    case .welcome(let welcome):
      wire.welcome.version = welcome.version
      wire.welcome.pid = welcome.pid
      wire.welcome.processes = welcome.processes.map(\.wire)
      wire.welcome.ended = welcome.ended.map(\.wire)
      if let until = welcome.leaseUntil { wire.welcome.leaseUntilMs = until.milliseconds }
    case .started(let name, let number, let pid):
      wire.started.name = name.text
      wire.started.number = number
      wire.started.pid = pid
    case .notStarted(let name, let number, let reason):
      wire.notStarted.name = name.text
      wire.notStarted.number = number
      wire.notStarted.reason = reason
    case .ended(let end): wire.ended = end.wire
    case .restarted(let process):
      wire.restarted.ended = process.ended.wire
      wire.restarted.pid = process.pid
      wire.restarted.atNs = process.at.nanoseconds
    case .notice(let name, let number, let notice):
      wire.notice.name = name.text
      wire.notice.number = number
      wire.notice.ready = notice == .ready
      wire.notice.alive = notice == .alive
    case .fenced: wire.fenced = true
    case .problem(let text): wire.problem = text
    }
    return wire.bytes
  }

  /// Nil: an answer that this version does not know.
  init?(_ bytes: [UInt8]) throws {
    switch try WireKeeperAnswer(serializedBytes: bytes).kind {
    case .welcome(let welcome):
      self = .welcome(
        KeeperWelcome(
          version: welcome.version, pid: welcome.pid, processes: try welcome.processes.map(KeptProcess.init),
          ended: try welcome.ended.map(UnsettledEnd.init),
          leaseUntil: welcome.hasLeaseUntilMs ? length(welcome.leaseUntilMs) : nil))
    case .started(let started):
      self = .started(try ProcessName(started.name), number: try checked(started.number), pid: started.pid)
    case .notStarted(let failed):
      self = .notStarted(try ProcessName(failed.name), number: try checked(failed.number), failed.reason)
    case .ended(let ended): self = .ended(try UnsettledEnd(ended))
    case .restarted(let process):
      self = .restarted(
        RestartedProcess(
          ended: try UnsettledEnd(process.ended), pid: process.pid, at: Instant(nanoseconds: process.atNs)))
    case .notice(let notice):
      guard notice.ready || notice.alive else { return nil }
      self = .notice(
        try ProcessName(notice.name), number: try checked(notice.number), notice.ready ? .ready : .alive)
    case .fenced: self = .fenced
    case .problem(let text): self = .problem(text)
    case nil: return nil
    }
  }
}

extension StandingOrder {
  fileprivate func wire(of name: ProcessName) -> WireKeeperOrder {
    var wire = WireKeeperOrder()
    wire.name = name.text
    wire.number = number
    wire.fromNs = from.nanoseconds
    wire.afterSuccess = policy == .always
    wire.finalExitCodes = finalExitCodes.elements
    return wire
  }

  fileprivate init(_ wire: WireKeeperOrder) throws {
    self.init(
      number: try checked(wire.number), from: Instant(nanoseconds: wire.fromNs),
      policy: wire.afterSuccess ? .always : .onFailure, finalExitCodes: SortedSet(wire.finalExitCodes))
  }
}

extension Instant {
  /// Of CLOCK_MONOTONIC.
  fileprivate var nanoseconds: Int64 {
    let (seconds, attoseconds) = sinceStart.components
    return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
  }

  fileprivate init(nanoseconds: Int64) { self.init(sinceStart: .nanoseconds(max(0, nanoseconds))) }
}

extension ProcessStart {
  fileprivate var wire: WireKeeperStart {
    var wire = WireKeeperStart()
    wire.name = name.text
    wire.launch = Data(launch.bytes)
    wire.number = number
    wire.executables = executables
    wire.arguments = arguments
    wire.environment = environment
    wire.folder = folder
    if let account { wire.account = account.wire }
    wire.stopsWithAgent = stopsWithAgent
    wire.stopSignal = stopSignal.number
    wire.stopGraceMs = stopGrace.milliseconds
    wire.logLimitBytes = UInt64(log.bytes)
    wire.logCount = UInt32(log.keep)
    wire.confinement = confinement.wire
    wire.notifies = notifies
    wire.fenced = isFenced
    if let group {
      wire.group.path = group.path
      wire.group.settings = group.settings.map { setting in
        var wire = WireKeeperGroupSetting()
        wire.file = setting.file
        wire.value = setting.value
        return wire
      }
    }
    return wire
  }

  fileprivate init(_ wire: WireKeeperStart) throws {
    guard let launch = Digest(bytes: Array(wire.launch)), let signal = Signal("\(wire.stopSignal)"),
      !wire.executables.isEmpty, !wire.arguments.isEmpty
    else { throw KeeperMessageError("a request to start `\(wire.name)` is not whole") }
    self.init(
      name: try ProcessName(wire.name), launch: launch, number: try checked(wire.number),
      executables: wire.executables,
      arguments: wire.arguments, environment: wire.environment, folder: wire.folder)
    if wire.hasAccount { account = UserAccount(wire.account) }
    stopsWithAgent = wire.stopsWithAgent
    stopSignal = signal
    stopGrace = length(wire.stopGraceMs)
    log = LogSize(bytes: Int(clamping: max(4096, wire.logLimitBytes)), keep: Int(min(100, wire.logCount)))
    confinement = Confinement(wire.confinement)
    notifies = wire.notifies
    isFenced = wire.fenced
    if wire.hasGroup {
      group = GroupRequest(
        path: wire.group.path, settings: wire.group.settings.map { .init(file: $0.file, value: $0.value) })
    }
  }
}

extension IsolationPlan {
  fileprivate var wire: WireKeeperIsolation {
    var wire = WireKeeperIsolation()
    wire.stopped = stopped.map(\.text)
    wire.graceMs = grace.milliseconds
    wire.command = command
    return wire
  }

  fileprivate init(_ wire: WireKeeperIsolation) throws {
    self.init()
    stopped = try wire.stopped.map { try ProcessName($0) }
    grace = length(wire.graceMs)
    command = wire.command
  }
}

extension UserAccount {
  fileprivate var wire: WireKeeperAccount {
    var wire = WireKeeperAccount()
    wire.user = user
    wire.group = group
    wire.groups = groups
    return wire
  }

  fileprivate init(_ wire: WireKeeperAccount) {
    self.init(user: wire.user, group: wire.group, groups: wire.groups, name: "\(wire.user)", home: "/")
  }
}

extension Confinement {
  fileprivate var wire: WireKeeperConfinement {
    var wire = WireKeeperConfinement()
    wire.umask = umask
    wire.nice = nice
    wire.noNewPrivileges = hasNoNewPrivileges
    wire.limits = limits.map { limit in
      var wire = WireKeeperLimit()
      wire.resource = limit.resource
      wire.soft = limit.soft
      wire.hard = limit.hard
      return wire
    }
    return wire
  }

  fileprivate init(_ wire: WireKeeperConfinement) {
    self.init()
    umask = wire.umask & 0o777
    nice = wire.nice
    hasNoNewPrivileges = wire.noNewPrivileges
    limits = wire.limits.map { Limit(resource: $0.resource, soft: $0.soft, hard: $0.hard) }
  }
}

extension KeptProcess {
  fileprivate var wire: WireKeptProcess {
    var wire = WireKeptProcess()
    wire.name = name.text
    wire.launch = Data(launch.bytes)
    wire.number = number
    switch state {
    case .running(let pid): wire.pid = pid
    case .ended(let end): wire.ended = end.wire
    case .settled(let end): wire.settled = end.wire
    }
    wire.isReady = isReady
    wire.wasStopped = wasStopped
    if let since { wire.sinceNs = since.nanoseconds }
    return wire
  }

  fileprivate init(_ wire: WireKeptProcess) throws {
    guard let launch = Digest(bytes: Array(wire.launch)), let state = wire.state else {
      throw KeeperMessageError("what is kept of `\(wire.name)` is not whole")
    }
    let read: State =
      switch state {
      case .pid(let pid): .running(pid: pid)
      case .ended(let end): .ended(ProcessEnd(end))
      case .settled(let end): .settled(ProcessEnd(end))
      }
    self.init(
      name: try ProcessName(wire.name), launch: launch, number: try checked(wire.number), state: read,
      isReady: wire.isReady, wasStopped: wire.wasStopped,
      since: wire.hasSinceNs ? Instant(nanoseconds: wire.sinceNs) : nil)
  }
}

extension UnsettledEnd {
  fileprivate var wire: WireKeeperEnded {
    var wire = WireKeeperEnded()
    wire.name = name.text
    wire.number = number
    wire.end = end.wire
    wire.wasStopped = wasStopped
    return wire
  }

  fileprivate init(_ wire: WireKeeperEnded) throws {
    self.init(
      name: try ProcessName(wire.name), number: try checked(wire.number), end: ProcessEnd(wire.end),
      wasStopped: wire.wasStopped)
  }
}

extension ProcessEnd {
  fileprivate var wire: WireKeeperEnd {
    var wire = WireKeeperEnd()
    switch self {
    case .exited(let code): wire.exitCode = code
    case .signalled(let signal): wire.signal = signal
    case .notStarted(let reason): wire.notStarted = reason
    case .outOfMemory: wire.outOfMemory = true
    // The keeper does not judge.
    case .unknown, .unhealthy: break
    }
    return wire
  }

  fileprivate init(_ wire: WireKeeperEnd) {
    self =
      switch wire.kind {
      case .exitCode(let code): .exited(code: code)
      case .signal(let signal): .signalled(signal)
      case .notStarted(let reason): .notStarted(reason)
      case .outOfMemory: .outOfMemory
      case nil: .unknown
      }
  }
}

extension Message {
  /// It fails only where a required field is absent, and no message here has one.
  fileprivate var bytes: [UInt8] { (try? serializedBytes()) ?? [] }
}
