/// Where the wrapper works, and how.
public struct WrapperSettings: Equatable, Sendable {
  /// ROOT, the folder that make works in. The wrapper owns all of it.
  public var root: String
  /// Outside ROOT: installed policies and scratch folders.
  public var stateFolder: String
  public var limits: MakeLimits
  /// GNU make 4.3 or newer.
  public var make: String
  /// Where recipes find programs, behind the bundle's own folder.
  public var searchPath: String

  public init(
    root: String, stateFolder: String, limits: MakeLimits = MakeLimits(), make: String = "/usr/bin/make",
    searchPath: String = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
  ) {
    self.root = root
    self.stateFolder = stateFolder
    self.limits = limits
    self.make = make
    self.searchPath = searchPath
  }
}
