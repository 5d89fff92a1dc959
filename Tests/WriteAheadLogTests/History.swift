import Model
import WriteAheadLog

/// All entries from the first one on, which tests use as the state that a snapshot holds.
struct History: Equatable {
  var entries: [[UInt8]] = []

  init(_ entries: [[UInt8]] = []) { self.entries = entries }

  /// What a log tells: its snapshot's history and what follows.
  init(_ contents: LogContents) {
    var rest = (contents.snapshot?.payload ?? [])[...]
    while let length = rest.popFirst() {
      entries.append(Array(rest.prefix(Int(length))))
      rest = rest.dropFirst(Int(length))
    }
    entries += contents.entries
  }

  func snapshot(at index: LogIndex) -> LogSnapshot {
    LogSnapshot(index: index, payload: entries.prefix(Int(index)).flatMap { [UInt8($0.count)] + $0 })
  }

  /// An entry that tells its own position, of a length that varies.
  static func entry(_ index: LogIndex) -> [UInt8] {
    Array("entry \(index) \(String(repeating: "x", count: Int(index * 37 % 90)))".utf8)
  }
}
