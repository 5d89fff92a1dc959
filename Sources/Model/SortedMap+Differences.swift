extension SortedMap where Value: Equatable {
  /// The keys that have another value in the other map, or none there or here, in order.
  ///
  /// What both maps share since one was copied from the other is not looked at: the cost follows what changed.
  public func keys(differingFrom other: SortedMap) -> [Key] {
    var result: [Key] = []
    var left = Cursor(self)
    var right = Cursor(other)
    while true {
      if left.isAtStart, right.isAtStart, left.sharesChunk(with: right) {
        left.skipChunk()
        right.skipChunk()
        continue
      }
      switch (left.current, right.current) {
      case (nil, nil): return result
      case (let entry?, nil):
        result.append(entry.key)
        left.advance()
      case (nil, let entry?):
        result.append(entry.key)
        right.advance()
      case (let first?, let second?):
        let isSame = first.key == second.key
        if !isSame || first.value != second.value {
          result.append(first.key < second.key ? first.key : second.key)
        }
        if isSame || first.key < second.key { left.advance() }
        if isSame || second.key < first.key { right.advance() }
      }
    }
  }

  /// Goes through the entries, chunk by chunk.
  private struct Cursor {
    private let map: SortedMap
    private var chunk = 0
    private var offset = 0

    init(_ map: SortedMap) { self.map = map }

    var isAtStart: Bool { offset == 0 && chunk < map.chunkCount && !map[chunk: chunk].keys.isEmpty }

    var current: (key: Key, value: Value)? {
      guard chunk < map.chunkCount, offset < map[chunk: chunk].keys.count else { return nil }
      return (map[chunk: chunk].keys[offset], map[chunk: chunk].values[offset])
    }

    mutating func advance() {
      offset += 1
      if offset == map[chunk: chunk].keys.count { skipChunk() }
    }

    mutating func skipChunk() {
      chunk += 1
      offset = 0
    }

    /// Whether both stand at the same storage, which a copy shares until it is written.
    func sharesChunk(with other: Cursor) -> Bool {
      let mine = map[chunk: chunk]
      let theirs = other.map[chunk: other.chunk]
      return Self.address(mine.values) == Self.address(theirs.values)
        && Self.address(mine.keys) == Self.address(theirs.keys)
    }

    private static func address<Element>(_ array: [Element]) -> UnsafePointer<Element>? {
      array.withUnsafeBufferPointer { $0.baseAddress }
    }
  }
}

extension Tree {
  /// The files that the other tree does not have with the same content, or that only it has, in order.
  public func paths(differingFrom other: Tree) -> [TreePath] {
    folders.keys(differingFrom: other.folders).flatMap { top in
      (folders[top] ?? [:]).keys(differingFrom: other.folders[top] ?? [:])
    }.filter { self[$0]?.content != other[$0]?.content }
  }
}
