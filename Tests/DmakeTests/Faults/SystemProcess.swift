import Foundation

/// A process of the operating system as proc(5) shows it.
struct SystemProcess: CustomStringConvertible {
  let pid: pid_t
  let name: String
  /// `Z` is a zombie.
  let state: Character
  let parent: pid_t
  let session: pid_t
  let command: [String]
  /// Those with which it was executed.
  let variables: [String: String]

  var isZombie: Bool { state == "Z" }
  var description: String {
    let own = variables.filter { $0.key.hasPrefix("DMAKE_") }.sorted { $0.key < $1.key }
    return "\(pid) (\(name)) \(state) of \(parent), session \(session), \(command) \(own)"
  }

  /// Nil: there is none, or it ends just now.
  init?(_ pid: pid_t) {
    guard let data = FileManager.default.contents(atPath: "/proc/\(pid)/stat") else { return nil }
    let text = String(decoding: data, as: UTF8.self)
    // PID (NAME) STATE PARENT GROUP SESSION …, where the name may hold anything.
    guard let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")") else { return nil }
    let words = text[text.index(after: close)...].split(separator: " ")
    guard words.count > 3, let state = words[0].first, let parent = pid_t(words[1]),
      let session = pid_t(words[3])
    else { return nil }
    self.pid = pid
    self.state = state
    self.parent = parent
    self.session = session
    name = String(text[text.index(after: open)..<close])
    command = Self.strings("/proc/\(pid)/cmdline")
    let pairs = Self.strings("/proc/\(pid)/environ").compactMap { line -> (String, String)? in
      let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return parts.count == 2 ? (String(parts[0]), String(parts[1])) : nil
    }
    variables = Dictionary(pairs) { first, _ in first }
  }

  private static func strings(_ path: String) -> [String] {
    (FileManager.default.contents(atPath: path) ?? Data()).split(separator: 0).map {
      String(decoding: $0, as: UTF8.self)
    }
  }

  static var all: [SystemProcess] {
    ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { pid_t($0) }
      .compactMap { SystemProcess($0) }
  }

  static func openDescriptors(of pid: pid_t) -> Set<Int> {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd")) ?? []
    return Set(names.compactMap { Int($0) })
  }

  /// The lowest descriptor that is not open: under this limit it can open nothing more.
  static func lowestFreeDescriptor(of pid: pid_t) -> Int {
    let numbers = openDescriptors(of: pid)
    return (0...).first { !numbers.contains($0) } ?? 0
  }
}
