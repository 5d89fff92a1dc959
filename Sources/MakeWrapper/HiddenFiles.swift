import Model

/// Names in ROOT's hidden folder, where the wrapper shows make what is no file of the tree.
enum HiddenFiles {
  static let folder = ".dmake"
  static let membership = folder + "/membership.mk"
  static let appendix = folder + "/appendix.mk"
  static let standIns = folder + "/absent"

  static func isHidden(_ path: String) -> Bool { path.hasPrefix(".") }

  /// An empty file that make finds, through `vpath`, in place of one that is absent.
  static func standIn(for path: TreePath) -> String { "\(standIns)/\(path)" }

  /// Files that are not compared after a run, for make or recipes are meant to write them.
  static func isOwn(_ path: String) -> Bool { path.hasPrefix(folder + "/run/") || path == membership || path == appendix }
}
