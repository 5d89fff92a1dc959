/// Whose rules of a policy a wrapper runs.
public enum RuleSide: Sendable {
  /// All but the `[local]` ones.
  case leader
  /// The `[local]` ones of the one node that is a member.
  case node
}

/// Where the wrapper works, and how.
public struct WrapperSettings: Equatable, Sendable {
  /// Where recipes find programs if nothing else is said.
  public static let standardSearchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

  /// ROOT, the folder that make works in. The wrapper owns all of it.
  public var root: String
  /// Outside ROOT: installed policies and scratch folders.
  public var stateFolder: String
  public var limits: MakeLimits
  /// GNU make 4.3 or newer.
  public var make: String
  /// Where recipes find programs, behind the bundle's own folder.
  public var searchPath: String
  /// Of how many runs of a recipe one is repeated, to see whether it gives the same again; 0 for none. The first
  /// run of each rule of the text counts in any case.
  public var runsPerSample: UInt64
  public var side = RuleSide.leader

  public init(
    root: String, stateFolder: String, limits: MakeLimits = MakeLimits(), make: String = "/usr/bin/make",
    searchPath: String = standardSearchPath, runsPerSample: UInt64 = 64
  ) {
    self.root = root
    self.stateFolder = stateFolder
    self.limits = limits
    self.make = make
    self.searchPath = searchPath
    self.runsPerSample = runsPerSample
  }
}
