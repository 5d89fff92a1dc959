extension SortedMap where Value: Equatable {
  /// The keys that have another value in the other map, or none there or here, in order.
  ///
  /// What both maps share since one was copied from the other is passed over by the chunk: the cost follows what
  /// changed. Inlinable, since all of a leader's memory is compared at each round, and the chunks of a map whose types
  /// are not known to the compiler cost a hundred times as much to pass over.
  @inlinable public func keys(differingFrom other: SortedMap) -> [Key] {
    var result: [Key] = []
    var left = Position()
    var right = Position()
    while left.chunk < chunkCount, right.chunk < other.chunkCount {
      if left.offset == 0, right.offset == 0, self[chunk: left.chunk].isSame(as: other[chunk: right.chunk]) {
        left = Position(chunk: left.chunk + 1)
        right = Position(chunk: right.chunk + 1)
      } else {
        compare(&left, other, &right, into: &result)
      }
    }
    appendKeys(from: left, to: &result)
    other.appendKeys(from: right, to: &result)
    return result
  }

  /// Goes on to the end of the chunk that ends first.
  @inlinable func compare(
    _ left: inout Position, _ other: SortedMap, _ right: inout Position, into result: inout [Key]
  ) {
    let mine = self[chunk: left.chunk]
    let theirs = other[chunk: right.chunk]
    while left.offset < mine.keys.count, right.offset < theirs.keys.count {
      let (first, second) = (mine.keys[left.offset], theirs.keys[right.offset])
      if first == second {
        if mine.values[left.offset] != theirs.values[right.offset] { result.append(first) }
        left.offset += 1
        right.offset += 1
      } else if first < second {
        result.append(first)
        left.offset += 1
      } else {
        result.append(second)
        right.offset += 1
      }
    }
    if left.offset == mine.keys.count { left = Position(chunk: left.chunk + 1) }
    if right.offset == theirs.keys.count { right = Position(chunk: right.chunk + 1) }
  }

  @inlinable func appendKeys(from start: Position, to result: inout [Key]) {
    guard start.chunk < chunkCount else { return }
    result += self[chunk: start.chunk].keys[start.offset...]
    for number in (start.chunk + 1)..<Swift.max(start.chunk + 1, chunkCount) {
      result += self[chunk: number].keys
    }
  }

  /// Where a comparison has come to; other than a ``Place`` it may be behind the last chunk.
  @usableFromInline struct Position {
    @usableFromInline var chunk: Int
    @usableFromInline var offset = 0

    @inlinable init(chunk: Int = 0) { self.chunk = chunk }
  }
}

extension SortedMap.Chunk {
  /// Whether both are the same storage, which a copy shares until it is written.
  @inlinable func isSame(as other: SortedMap.Chunk) -> Bool {
    Self.address(values) == Self.address(other.values) && Self.address(keys) == Self.address(other.keys)
  }

  @inlinable static func address<Element>(_ array: [Element]) -> UnsafePointer<Element>? {
    array.withUnsafeBufferPointer { $0.baseAddress }
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
