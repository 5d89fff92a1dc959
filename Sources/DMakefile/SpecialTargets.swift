import Model

/// The targets of a policy that are no files: those that make gives a meaning (GNU make manual, "Special Built-in Target
/// Names"), and suffix rules, which make has turned into patterns.
struct SpecialTargets {
  private static let names: SortedSet<String> = [
    ".PHONY", ".SUFFIXES", ".DEFAULT", ".PRECIOUS", ".INTERMEDIATE", ".NOTINTERMEDIATE", ".SECONDARY",
    ".SECONDEXPANSION", ".DELETE_ON_ERROR", ".IGNORE", ".LOW_RESOLUTION_TIME", ".SILENT",
    ".EXPORT_ALL_VARIABLES", ".NOTPARALLEL", ".ONESHELL", ".POSIX", ".WAIT",
  ]
  private let suffixes: [String]

  init(_ database: Database) {
    suffixes = database.rules.first { $0.target == ".SUFFIXES" }?.prerequisites ?? []
  }

  func contains(_ target: String) -> Bool {
    guard target.utf8.first == UInt8(ascii: ".") else { return false }
    return Self.names.contains(target) || isSuffixRule(target)
  }

  /// `.in.out:` or `.in:`, of suffixes that are known.
  private func isSuffixRule(_ target: String) -> Bool {
    suffixes.contains { suffix in
      target.hasPrefix(suffix)
        && (target.utf8.count == suffix.utf8.count || suffixes.contains(String(target.dropFirst(suffix.count))))
    }
  }

  /// The pattern that a suffix rule would be, if its suffixes were known.
  static func pattern(ofSuffixRule target: String) -> String? {
    let parts = target.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].isEmpty, !parts[1].isEmpty, !parts[2].isEmpty, !target.contains("/")
    else { return nil }
    return "%.\(parts[2]): %.\(parts[1])"
  }
}
