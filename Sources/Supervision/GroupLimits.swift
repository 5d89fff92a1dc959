/// How much a process and all that comes of it may use together: limits of its control group (cgroups(7)), where
/// those of ``ProcessRights/limits`` hold for each process of the system by itself.
public struct GroupLimits: Equatable, Sendable {
  /// A file of the group, what is written there, and the controller that has to be there for it.
  public struct Setting: Equatable, Sendable {
    public let controller: String
    public let file: String
    public let value: String
  }

  /// Of the time of one processor: 150 is one and a half.
  public var processorPercent: UInt32?
  /// Its part of the processors where they are scarce, from 1 to 10,000, in proportion to that of others; 100 is what
  /// holds without it.
  public var processorWeight: UInt32?
  /// Beyond this the kernel takes memory back, then kills.
  public var memoryBytes: UInt64?
  /// Beyond this the kernel takes memory back, and slows down.
  public var memoryHighBytes: UInt64?
  /// Of the system, with their threads.
  public var processes: UInt32?
  /// Whether the process is not to start where one of them cannot be enforced.
  public var isRequired = true

  public init() {}

  /// A quota is counted in this period, the kernel's own.
  private static let periodMicroseconds: UInt64 = 100_000

  public var settings: [Setting] {
    func setting(_ controller: String, _ file: String, _ value: String?) -> [Setting] {
      value.map { [Setting(controller: controller, file: "\(controller).\(file)", value: $0)] } ?? []
    }
    let quota = processorPercent.map {
      "\(UInt64($0) * Self.periodMicroseconds / 100) \(Self.periodMicroseconds)"
    }
    return setting("cpu", "max", quota) + setting("cpu", "weight", processorWeight.map { "\($0)" })
      + setting("memory", "high", memoryHighBytes.map { "\($0)" })
      + setting("memory", "max", memoryBytes.map { "\($0)" })
      + setting("pids", "max", processes.map { "\($0)" })
  }

  /// For a digest; nothing where nothing is limited.
  var digestFields: [String] {
    let fields = settings.map { "\($0.file) \($0.value)" }
    return fields.isEmpty || isRequired ? fields : fields + ["group limits are not required"]
  }
}
