import Linux

/// The names in watched folders that were touched, as inotify tells it.
final class FolderWatches {
  private let watch: FolderWatch
  private let root: String
  private var folders: [Int32: String] = [:]
  private var watches: [String: Int32] = [:]
  private(set) var touched: Set<String> = []
  /// Whether all that happened is known: no event was lost, and no watched folder moved or went behind our back.
  private(set) var isComplete = true

  init(root: String) throws(SystemError) {
    self.root = root
    watch = try FolderWatch()
  }

  func contains(_ folder: String) -> Bool { watches[folder] != nil }

  /// Watches a folder, from the root; the root itself is "".
  func add(_ folder: String) throws(SystemError) {
    let number = try watch.add(folder.isEmpty ? root : "\(root)/\(folder)", withAttributes: true)
    folders[number] = folder
    watches[folder] = number
  }

  /// The folder has been removed by us.
  func forget(_ folder: String) {
    if let number = watches.removeValue(forKey: folder) { folders[number] = nil }
  }

  /// Takes the kernel's events over into ``touched``.
  func read() {
    for change in watch.read() {
      switch change {
      case .changed(let number, let name), .created(let number, let name):
        guard let folder = folders[number] else { continue }
        touched.insert(folder.isEmpty ? name : "\(folder)/\(name)")
      case .lost(let number): if folders[number] != nil { isComplete = false }
      case .overflow: isComplete = false
      }
    }
  }

  func note(_ name: String) { touched.insert(name) }

  func forgetTouched() { touched.removeAll() }

  func dropTouched(where isKnown: (String) -> Bool) { touched = touched.filter { !isKnown($0) } }
}
