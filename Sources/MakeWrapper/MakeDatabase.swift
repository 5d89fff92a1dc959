import Model

/// The rules in what `make -p` prints.
struct MakeDatabase {
  struct Entry: Equatable {
    var targets: [String]
    var prerequisites: [String]
    var orderOnly: [String]
    var file: String?
    var line = 0
    var recipe = ""
    var isTarget = true
    var isPhony = false
  }

  private(set) var patterns: [Entry] = []
  private(set) var files: [Entry] = []

  init(_ text: String) {
    var isInPatterns = false
    var isInFiles = false
    var isNotTarget = false
    var entry: Entry?
    func end(_ self: inout MakeDatabase) {
      guard let finished = entry else { return }
      if isInPatterns { self.patterns.append(finished) } else { self.files.append(finished) }
      entry = nil
    }
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      switch line {
      case "# Implicit Rules": (isInPatterns, isInFiles) = (true, false)
      case "# Files": end(&self); (isInPatterns, isInFiles) = (false, true)
      case "# files hash-table stats:": end(&self); isInFiles = false
      case "# Not a target:": isNotTarget = true
      case "": end(&self)
      case _ where !(isInPatterns || isInFiles): break
      case _ where line.hasPrefix("\t"): entry?.recipe += line.dropFirst() + "\n"
      case _ where line.hasPrefix("#  Phony target"): entry?.isPhony = true
      case _ where line.hasPrefix("#  recipe to execute (from '"):
        let rest = line.dropFirst("#  recipe to execute (from '".count)
        entry?.file = String(rest.prefix { $0 != "'" })
        entry?.line = rest.split(separator: " ").last.flatMap { Int($0.dropLast(2)) } ?? 0
      case _ where line.hasPrefix("#"): break
      default:
        end(&self)
        entry = Self.entry(line)
        entry?.isTarget = !isNotTarget
        isNotTarget = false
      }
    }
  }

  private static func entry(_ line: Substring) -> Entry? {
    let words = line.split(separator: " ")
    guard let colon = words.firstIndex(where: { $0.hasSuffix(":") }) else { return nil }
    var targets = words[...colon].map(String.init)
    targets[targets.count - 1].removeLast()
    while targets.last?.hasSuffix(":") == true { targets[targets.count - 1].removeLast() }
    let rest = words[(colon + 1)...]
    let bar = rest.firstIndex(of: "|") ?? rest.endIndex
    return Entry(
      targets: targets, prerequisites: rest[..<bar].map(String.init),
      orderOnly: rest[bar...].dropFirst().map(String.init))
  }
}
