import Model

/// What the agent sees of its machine; the content of `DMake/state.xml` (paper, section 5).
public struct MachineState: Equatable, Sendable {
  /// Averages of the run queue over 1, 5 and 15 minutes, in hundredths.
  public var loadHundredths: [Int64]
  public var processors: Int64
  public var memoryTotalBytes: Int64
  public var memoryAvailableBytes: Int64
  /// Pages read from and written to swap a second since the last sample.
  public var pagedInPerSecond: Int64
  public var pagedOutPerSecond: Int64
  /// Of the file system that holds the agent's state folder.
  public var diskTotalBytes: Int64
  public var diskAvailableBytes: Int64

  public init(
    loadHundredths: [Int64], processors: Int64, memoryTotalBytes: Int64, memoryAvailableBytes: Int64,
    pagedInPerSecond: Int64, pagedOutPerSecond: Int64, diskTotalBytes: Int64, diskAvailableBytes: Int64
  ) {
    self.loadHundredths = loadHundredths
    self.processors = processors
    self.memoryTotalBytes = memoryTotalBytes
    self.memoryAvailableBytes = memoryAvailableBytes
    self.pagedInPerSecond = pagedInPerSecond
    self.pagedOutPerSecond = pagedOutPerSecond
    self.diskTotalBytes = diskTotalBytes
    self.diskAvailableBytes = diskAvailableBytes
  }

  /// Whether it differs from what was reported last by more than a policy can care about: each report costs the
  /// cluster a place in the log, and the load of an idle machine never stands still.
  public func isNews(after last: MachineState) -> Bool {
    func moved(_ new: Int64, _ old: Int64, by limit: Int64) -> Bool { (new - old).magnitude >= limit.magnitude }
    return processors != last.processors || memoryTotalBytes != last.memoryTotalBytes
      || diskTotalBytes != last.diskTotalBytes
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
  ///       <load><one>0.42</one><five>0.40</five><fifteen>0.38</fifteen></load>
  ///       <memory><total>16777216</total><available>8388608</available></memory>
  ///       <paging><in>0</in><out>0</out></paging>
  ///       <disk><total>1099511627776</total><available>549755813888</available></disk>
  ///     </state>
  ///
  /// Sizes are in bytes, paging is in pages a second.
  public var content: Content {
    let loads = zip(["one", "five", "fifteen"], loadHundredths).map { "<\($0)>\(Self.decimal($1))</\($0)>" }
    return Content(
      """
      <state>
        <processors>\(processors)</processors>
        <load>\(loads.joined())</load>
        <memory><total>\(memoryTotalBytes)</total><available>\(memoryAvailableBytes)</available></memory>
        <paging><in>\(pagedInPerSecond)</in><out>\(pagedOutPerSecond)</out></paging>
        <disk><total>\(diskTotalBytes)</total><available>\(diskAvailableBytes)</available></disk>
      </state>

      """)
  }

  private static func decimal(_ hundredths: Int64) -> String {
    let rest = hundredths % 100
    return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
  }
}
