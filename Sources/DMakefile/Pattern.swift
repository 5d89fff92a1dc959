/// A name with `%` as make's implicit rules match it (GNU make manual, section 10.5.4).
struct Pattern: Equatable {
  struct Match {
    /// What `%` stands for, with the folder that a pattern without a slash leaves aside: make's `$*`.
    var stem: String { folder + inner }
    fileprivate let folder: String
    fileprivate let inner: String
    /// Shorter ones win; the folder counts.
    var length: Int { folder.utf8.count + inner.utf8.count }

    /// A prerequisite of the matching rule.
    func apply(to prerequisite: String) -> String {
      guard let percent = prerequisite.utf8.firstIndex(of: Byte.percent) else { return prerequisite }
      let rest = prerequisite[prerequisite.utf8.index(after: percent)...]
      return Self.complete(folder + prerequisite[..<percent] + inner + rest, stem)
    }

    /// make fills in the first `%` alone. In the name of a value all others are the stem too, as people expect of
    /// `%/plan.xml{node[@name='%']}`; one that is meant as it is, is `+25` there.
    static func complete(_ name: String, _ stem: String) -> String {
      guard name.utf8.contains(UInt8(ascii: "%")), name.hasPrefix(HiddenSpace.values + "/") else { return name }
      return name.replacing("%", with: stem)
    }
  }

  let prefix: Substring
  let suffix: Substring
  let hasSlash: Bool

  /// Nil without a `%`.
  init?(_ text: String) { self.init(text, isWhole: false) }

  /// `isWhole`: it matches all of a name, folders included, as make has it for variables.
  init?(_ text: String, isWhole: Bool) {
    guard let percent = text.utf8.firstIndex(of: Byte.percent) else { return nil }
    prefix = text[..<percent]
    suffix = text[text.utf8.index(after: percent)...]
    hasSlash = isWhole || text.utf8.contains(Byte.slash)
  }

  func match(_ name: String) -> Match? {
    var folder = ""
    var rest = name[...]
    if !hasSlash, let slash = name.utf8.lastIndex(of: Byte.slash) {
      folder = String(name[...slash])
      rest = name[name.utf8.index(after: slash)...]
    }
    let bytes = rest.utf8
    guard bytes.count > prefix.utf8.count + suffix.utf8.count, bytes.starts(with: prefix.utf8),
      bytes.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
    else { return nil }
    let inner = bytes.dropFirst(prefix.utf8.count).dropLast(suffix.utf8.count)
    return Match(folder: folder, inner: String(Substring(inner)))
  }

  /// Whether a pattern has the form of files of nodes' processes, so that it is a goal by itself.
  static func isOfProcesses(_ pattern: String) -> Bool {
    let components = pattern.split(separator: "/", omittingEmptySubsequences: false)
    return (components.count == 2 || components.count == 3) && components.last?.contains("%") == false
  }

  /// The names of a rule's pattern for the members: `%` (or what is around it) as a node, as a process, or as
  /// `NODE/PROC`, always of the form `NODE/PROC/FILE` or `NODE/DMake/FILE` (figure 5). Patterns of other files, as
  /// `build/%.o`, make what other rules need and are no goals by themselves.
  static func names(_ pattern: String, folders: [(node: String, folder: String)]) -> [String] {
    guard let matcher = Pattern(pattern), isOfProcesses(pattern) else { return [] }
    let components = pattern.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    let file = components.last ?? ""
    let isForAgents = components.count == 3 && components[1] == "DMake"
    return folders.compactMap { node, folder in
      guard (folder == "DMake") == isForAgents else { return nil }
      let name = "\(node)/\(folder)/\(file)"
      return matcher.match(name) == nil ? nil : name
    }
  }
}
