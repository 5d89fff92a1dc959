import GroupProtocol
import Model
import Supervision

/// The keeper and the machine.
extension PromisedNode {
  var version: Int {
    Self.file.flatMap { disk[$0] }.flatMap { Int($0.text) } ?? 0
  }

  var generationOnDisk: Int { disk[.config].flatMap { Int($0.text) } ?? 0 }

  mutating func start(_ launch: Launch, _ number: UInt64) {
    running = Running(
      number: number, launch: launch.digest, since: now,
      isBound: process.stopsWithAgent || process.stopsInIsolation)
    ended = nil
    starts += 1
    seen = (Int(launch.generation) ?? 0, version)
    step(.started(launch.name, pid: 1))
  }

  mutating func end(_ end: ProcessEnd) {
    guard let last = running, let name = Self.name else { return }
    running = nil
    // Whoever is no parent does not see how it ended.
    let end = isKeeperUp ? end : .unknown
    ended = (last, end, core != nil)
    let mayRun = !plan.stopped.contains(name) || leaseUntil.map { $0 > now } ?? false
    if let order, core != nil, mayRun, !last.isStopping, order.number == last.number + 1,
      order.holds(after: end, at: now)
    {
      self.order = nil
      running = Running(number: order.number, launch: last.launch, since: now, isBound: last.isBound)
      ended = nil
      starts += 1
      seen.version = version
      return step(.restarted(name, end, pid: 1, at: now))
    }
    order = nil
    step(.ended(name, end, wasStopped: last.isStopping))
  }

  mutating func fence() {
    leaseUntil = nil
    step(.fenced)
    guard let name = Self.name, plan.stopped.contains(name), running != nil else { return }
    running?.isStopping = true
    end(.exited(code: 0))
  }

  mutating func killKeeper() {
    isKeeperUp = core != nil
    leaseUntil = core == nil ? nil : leaseUntil
    order = nil
    guard running?.isBound == true else { return }
    running?.isStopping = true
    end(.unknown)
  }

  mutating func stopMachine() {
    core = nil
    link = nil
    order = nil
    leaseUntil = nil
    if let last = running {
      running = nil
      ended = (last, .unknown, false)
      ended?.last.isStopping = true
    }
    boot += 1
    now = .zero + .seconds(5)
  }
}
