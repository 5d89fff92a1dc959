import Model

/// What the agent sees of its machine; the content of `DMake/state.xml` (paper, section 5).
public struct MachineState: Equatable, Sendable {
  /// Averages of the run queue over 1, 5 and 15 minutes, in hundredths.
  public var loadHundredths: [Int64]
  public var processors: Int64
  /// How much of their time was computed in since the last sample, in thousandths.
  public var busyThousandths: Int64
  public var memoryTotalBytes: Int64
  public var memoryAvailableBytes: Int64
  /// Pages read from and written to swap a second since the last sample.
  public var pagedInPerSecond: Int64
  public var pagedOutPerSecond: Int64
  /// Of the file system that holds the agent's state folder.
  public var diskTotalBytes: Int64
  public var diskAvailableBytes: Int64
  /// Over all interfaces but the loopback, since the last sample.
  public var receivedBytesPerSecond: Int64
  public var sentBytesPerSecond: Int64
  /// By how much the clock may be wrong at most, as the kernel estimates it (adjtimex(2)), and whether it is held by
  /// another one at all.
  public var clockErrorMicroseconds: Int64
  public var isClockSynchronised: Bool
  /// What the node's own probes tell.
  public var probes: [NodeProbeReport] = []

  public init(
    loadHundredths: [Int64], processors: Int64, busyThousandths: Int64, memoryTotalBytes: Int64,
    memoryAvailableBytes: Int64,
    pagedInPerSecond: Int64, pagedOutPerSecond: Int64, diskTotalBytes: Int64, diskAvailableBytes: Int64,
    receivedBytesPerSecond: Int64, sentBytesPerSecond: Int64, clockErrorMicroseconds: Int64,
    isClockSynchronised: Bool
  ) {
    self.loadHundredths = loadHundredths
    self.processors = processors
    self.busyThousandths = busyThousandths
    self.memoryTotalBytes = memoryTotalBytes
    self.memoryAvailableBytes = memoryAvailableBytes
    self.pagedInPerSecond = pagedInPerSecond
    self.pagedOutPerSecond = pagedOutPerSecond
    self.diskTotalBytes = diskTotalBytes
    self.diskAvailableBytes = diskAvailableBytes
    self.receivedBytesPerSecond = receivedBytesPerSecond
    self.sentBytesPerSecond = sentBytesPerSecond
    self.clockErrorMicroseconds = clockErrorMicroseconds
    self.isClockSynchronised = isClockSynchronised
  }

  /// Whether it differs from what was reported last by more than a policy can care about: each report costs the
  /// cluster a place in the log, and the load of an idle machine never stands still.
  public func isNews(after last: MachineState) -> Bool {
    func moved(_ new: Int64, _ old: Int64, by limit: Int64) -> Bool { (new - old).magnitude >= limit.magnitude }
    return processors != last.processors || memoryTotalBytes != last.memoryTotalBytes
      || diskTotalBytes != last.diskTotalBytes || probes != last.probes
      || isClockSynchronised != last.isClockSynchronised
      || moved(busyThousandths, last.busyThousandths, by: 100)
      || moved(
        clockErrorMicroseconds, last.clockErrorMicroseconds, by: max(50_000, last.clockErrorMicroseconds / 2))
      || moved(
        receivedBytesPerSecond, last.receivedBytesPerSecond, by: max(65_536, last.receivedBytesPerSecond / 5))
      || moved(sentBytesPerSecond, last.sentBytesPerSecond, by: max(65_536, last.sentBytesPerSecond / 5))
      || zip(loadHundredths, last.loadHundredths).contains { moved($0, $1, by: max(10, $1 / 10)) }
      || moved(memoryAvailableBytes, last.memoryAvailableBytes, by: max(1, memoryTotalBytes / 50))
      || moved(diskAvailableBytes, last.diskAvailableBytes, by: max(1, diskTotalBytes / 100))
      || moved(pagedInPerSecond, last.pagedInPerSecond, by: max(10, last.pagedInPerSecond / 5))
      || moved(pagedOutPerSecond, last.pagedOutPerSecond, by: max(10, last.pagedOutPerSecond / 5))
  }

  /// The file's content.
  ///
  ///     <state>
  ///       <processors>8</processors>
  ///       <busy>0.031</busy>
  ///       <load><one>0.42</one><five>0.40</five><fifteen>0.38</fifteen></load>
  ///       <memory><total>16777216</total><available>8388608</available></memory>
  ///       <paging><in>0</in><out>0</out></paging>
  ///       <disk><total>1099511627776</total><available>549755813888</available></disk>
  ///       <network><received>1200</received><sent>800</sent></network>
  ///       <clock><synchronised>yes</synchronised><error>0.004000</error></clock>
  ///       <probe name="disks"><disks><free>7</free></disks></probe>
  ///     </state>
  ///
  /// Sizes are in bytes, paging is in pages a second, the network in bytes a second, the clock's error in seconds;
  /// `busy` is a part of one.
  public var content: Content {
    let loads = zip(["one", "five", "fifteen"], loadHundredths).map { "<\($0)>\(Self.decimal($1))</\($0)>" }
    return Content(
      """
      <state>
        <processors>\(processors)</processors>
        <busy>\(Self.decimal(busyThousandths, digits: 3))</busy>
        <load>\(loads.joined())</load>
        <memory><total>\(memoryTotalBytes)</total><available>\(memoryAvailableBytes)</available></memory>
        <paging><in>\(pagedInPerSecond)</in><out>\(pagedOutPerSecond)</out></paging>
        <disk><total>\(diskTotalBytes)</total><available>\(diskAvailableBytes)</available></disk>
        <network><received>\(receivedBytesPerSecond)</received><sent>\(sentBytesPerSecond)</sent></network>
        <clock>\(clock)</clock>
      \(probes.map { "  \($0.text)\n" }.joined())</state>

      """)
  }

  private var clock: String {
    let error = Self.decimal(clockErrorMicroseconds, digits: 6)
    return "<synchronised>\(isClockSynchronised ? "yes" : "no")</synchronised><error>\(error)</error>"
  }

  /// A number of hundredths, or of other parts, as a decimal fraction.
  private static func decimal(_ parts: Int64, digits: Int = 2) -> String {
    let whole = (0..<digits).reduce(Int64(1)) { power, _ in power * 10 }
    let rest = String(parts % whole)
    return "\(parts / whole).\(String(repeating: "0", count: digits - rest.utf8.count))\(rest)"
  }
}
