import DMakefile
import Model

/// The wrapper's own names in ROOT's hidden folder, beside those of ``HiddenSpace``.
enum HiddenFiles {
  static let membership = HiddenSpace.membership
  static let appendix = HiddenSpace.folder + "/appendix.mk"
  /// Read where make is to tell the environment of recipes.
  static let environment = HiddenSpace.folder + "/environment.mk"
  /// The makefile of a run of make.
  static func slice(part: Int) -> String { HiddenSpace.folder + "/slice\(part == 0 ? "" : "\(part)").mk" }
  /// Newer than what a rule made before.
  static let newest = HiddenSpace.folder + "/newest"
  static let standIns = HiddenSpace.folder + "/absent"

  /// Read behind the policy: absent files are found as stand-ins, a recipe that fails leaves nothing, and what
  /// several rules make in a row is kept.
  static let appendixText = "vpath % \(standIns)\n.DELETE_ON_ERROR:\n.SECONDARY:\n"

  static func isHidden(_ path: String) -> Bool { path.hasPrefix(".") }

  /// An empty file that make finds, through `vpath`, in place of one that is absent.
  static func standIn(for path: TreePath) -> String { "\(standIns)/\(path)" }

  /// Files that the wrapper writes whatever the policy is.
  static let own =
    [membership, appendix, environment, newest] + (0..<RoundExecution.partLimit).map(slice)
  static func isOwn(_ path: String) -> Bool { own.contains(path) }
}
