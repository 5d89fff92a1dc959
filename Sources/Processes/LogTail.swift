public import Linux
public import Model

/// Reads logs of processes in parts, while their keeper writes and rotates them.
///
/// Nothing is remembered between two reads: each says where the next one goes on, by the file's own number, so that a
/// rotation in between changes nothing. A reader that never comes back costs nothing.
public struct LogTail: Sendable {
  /// How far back the beginning of the last lines is looked for.
  static let scanLimitBytes = 4 << 20
  private static let blockBytes = 64 << 10
  private static let markBytes = 64
  /// How many files that were set aside are looked at.
  private static let fileLimit = 64

  private let folder: Directory
  private let limitBytes: Int

  /// - Parameters:
  ///   - folder: where the logs stand.
  ///   - limitBytes: the size of a chunk.
  public init(folder: Directory, limitBytes: Int = LogChunk.limitBytes) {
    self.folder = folder
    self.limitBytes = limitBytes
  }

  /// Nil where the process has not printed anything.
  public func read(_ query: LogQuery) throws(SystemError) -> LogChunk? {
    let files = try files(of: query.process)
    if files.isEmpty { return nil }
    guard let place = query.from else {
      let start = try start(ofLast: min(query.lines, LogQuery.lineLimit), in: files)
      return try chunk(from: start, in: files, hasGap: false)
    }
    let (start, isKnown) = try position(of: place, in: files)
    return try chunk(from: start, in: files, hasGap: !isKnown)
  }

  private struct File {
    let content: ReadableFile
    let number: UInt64
    let size: Int
  }

  private struct Position {
    var file: Int
    var offset: Int
  }

  /// The newest first. In the middle of a rotation one name is not there, or two names in turn are the same file.
  private func files(of process: ProcessName) throws(SystemError) -> [File] {
    var files: [File] = []
    var missing = 0
    for number in 0...Self.fileLimit where missing < 2 {
      do throws(SystemError) {
        let content = try ReadableFile(number == 0 ? "\(process).log" : "\(process).log.\(number)", in: folder)
        let status = try content.status()
        missing = 0
        if files.contains(where: { $0.number == status.inode }) { continue }
        files.append(File(content: content, number: status.inode, size: status.sizeBytes))
      } catch {
        guard error.isAbsence else { throw error }
        missing += 1
      }
    }
    return files
  }

  /// Where the last lines begin.
  private func start(ofLast lines: Int, in files: [File]) throws(SystemError) -> Position {
    var start = Position(file: 0, offset: files[0].size)
    var count = 0
    var scanned = 0
    for index in files.indices {
      var end = files[index].size
      while end > 0 {
        if scanned >= Self.scanLimitBytes { return start }
        let begin = max(0, end - Self.blockBytes)
        let block = try files[index].content.read(at: begin, count: end - begin)
        scanned += block.count
        for position in block.indices.reversed() where block[position] == UInt8(ascii: "\n") {
          start = Position(file: index, offset: begin + position + 1)
          if count == lines { return start }
          count += 1
        }
        end = begin
      }
      start = Position(file: index, offset: 0)
      if count == lines { return start }
    }
    return start
  }

  /// Where a place is by now; not known where its file is gone, or became another one.
  private func position(
    of place: LogPlace, in files: [File]
  ) throws(SystemError) -> (start: Position, isKnown: Bool) {
    guard let index = files.firstIndex(where: { $0.number == place.file }),
      let offset = Int(exactly: place.offset), offset <= files[index].size,
      try mark(files[index], offset) == place.mark
    else {
      // What was rotated away was older than all that is kept. (Where somebody emptied the file, older lines are shown
      // again: rather that than lines that are missing.)
      return (Position(file: files.count - 1, offset: 0), false)
    }
    return (Position(file: index, offset: offset), true)
  }

  private func chunk(from start: Position, in files: [File], hasGap: Bool) throws(SystemError) -> LogChunk {
    var position = start
    var bytes: [UInt8] = []
    var isAtEnd = false
    while bytes.count < limitBytes {
      let room = limitBytes - bytes.count
      var part = try files[position.file].content.read(at: position.offset, count: room)
      let isWholeFile = part.count < room
      let isCut = !isWholeFile || position.file == 0
      if isCut, let last = part.last, last != UInt8(ascii: "\n") {
        // What is being written, or does not fit, is for the next chunk; a line that fits into none is told in parts.
        let end =
          part.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? (part.count == limitBytes ? part.count : 0)
        part.removeLast(part.count - end)
      }
      bytes += part
      position.offset += part.count
      isAtEnd = isWholeFile && position.file == 0
      if isAtEnd || !isWholeFile { break }
      position = Position(file: position.file - 1, offset: 0)
    }
    let file = files[position.file]
    let next = LogPlace(
      file: file.number, offset: UInt64(position.offset), mark: try mark(file, position.offset))
    return LogChunk(bytes: bytes, next: next, isAtEnd: isAtEnd, hasGap: hasGap)
  }

  /// Each log begins with the time of its first line (FNV-1a).
  private func mark(_ file: File, _ offset: Int) throws(SystemError) -> UInt64 {
    try file.content.read(at: 0, count: min(offset, Self.markBytes))
      .reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
  }
}
