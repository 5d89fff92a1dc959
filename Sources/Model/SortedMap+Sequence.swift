extension SortedMap: Sequence {
  public struct Iterator: IteratorProtocol {
    @usableFromInline var keys: [Key]
    @usableFromInline var values: [Value]
    @usableFromInline var offset: Int
    /// The chunks of the tail that are still to come begin here.
    @usableFromInline var following = 0
    @usableFromInline let tail: [Chunk]

    @inlinable init(_ map: SortedMap, at place: Place) {
      let chunk = map[chunk: place.chunk]
      keys = chunk.keys
      values = chunk.values
      offset = place.offset
      following = place.chunk
      tail = map.tail
    }

    @inlinable public mutating func next() -> (Key, Value)? {
      if offset == keys.count {
        guard following < tail.count else { return nil }
        keys = tail[following].keys
        values = tail[following].values
        offset = 0
        following += 1
      }
      defer { offset += 1 }
      return (keys[offset], values[offset])
    }
  }

  @inlinable public func makeIterator() -> Iterator {
    Iterator(self, at: Place(chunk: 0, offset: 0, exists: true))
  }

  public var underestimatedCount: Int { count }

  /// The entries whose keys are not less than `key`; costs what is taken of it.
  public func entries(from key: Key) -> IteratorSequence<Iterator> {
    IteratorSequence(Iterator(self, at: place(of: key)))
  }

  public var first: (key: Key, value: Value)? {
    isEmpty ? nil : (head.keys[0], head.values[0])
  }

  public var last: (key: Key, value: Value)? {
    let chunk = self[chunk: tail.count]
    guard let key = chunk.keys.last, let value = chunk.values.last else { return nil }
    return (key, value)
  }

  /// The greatest key that is less than `key`.
  public func lastKey(before key: Key) -> Key? {
    let place = place(of: key)
    if place.offset > 0 { return self[chunk: place.chunk].keys[place.offset - 1] }
    return place.chunk == 0 ? nil : self[chunk: place.chunk - 1].keys.last
  }
}

extension SortedMap: ExpressibleByDictionaryLiteral {
  /// Later entries win over earlier ones with the same key.
  @inlinable public init(_ entries: some Sequence<(Key, Value)>) {
    var entries = Array(entries)
    if !zip(entries, entries.dropFirst()).allSatisfy({ $0.0 < $1.0 }) {
      // Sorting is stable, so of equal keys the later one stands behind.
      entries.sort { $0.0 < $1.0 }
      var kept = 0
      for entry in entries {
        if kept > 0, entries[kept - 1].0 == entry.0 { kept -= 1 }
        entries[kept] = entry
        kept += 1
      }
      entries.removeLast(entries.count - kept)
    }
    self.init(ascending: entries)
  }

  @inlinable public init(dictionaryLiteral elements: (Key, Value)...) {
    self.init()
    for (key, value) in elements { self[key] = value }
  }

  /// Takes keys that are known to be ascending, in a time that grows with their number.
  @inlinable init(ascending entries: [(Key, Value)]) {
    self.init()
    for start in stride(from: 0, to: entries.count, by: Self.chunkLimit) {
      let part = entries[start..<Swift.min(start + Self.chunkLimit, entries.count)]
      append(Chunk(keys: part.map { $0.0 }, values: part.map { $0.1 }))
    }
  }
}

extension SortedMap {
  @inlinable public mutating func removeAll(where isRemoved: (Key, Value) -> Bool) {
    self = filter { !isRemoved($0, $1) }
  }

  /// Chunks of which everything stays are shared.
  @inlinable public func filter(_ isKept: (Key, Value) -> Bool) -> SortedMap {
    var kept = SortedMap()
    for number in 0..<chunkCount { kept.append(self[chunk: number].filter(isKept)) }
    return kept
  }

  @inlinable public func mapValues<Result>(_ transform: (Value) throws -> Result) rethrows -> SortedMap<
    Key, Result
  > {
    var mapped = SortedMap<Key, Result>()
    for number in 0..<chunkCount {
      let chunk = self[chunk: number]
      mapped.append(SortedMap<Key, Result>.Chunk(keys: chunk.keys, values: try chunk.values.map(transform)))
    }
    return mapped
  }
}

extension SortedMap: Equatable where Value: Equatable {
  /// Chunks that both share cost one comparison.
  public static func == (left: Self, right: Self) -> Bool {
    guard left.count == right.count else { return false }
    var one = (chunk: 0, offset: 0)
    var other = one
    var compared = 0
    while compared < left.count {
      let mine = left[chunk: one.chunk]
      let theirs = right[chunk: other.chunk]
      if one.offset == 0, other.offset == 0, mine.keys.count == theirs.keys.count {
        guard mine.keys == theirs.keys, mine.values == theirs.values else { return false }
        compared += mine.keys.count
        one.chunk += 1
        other.chunk += 1
        continue
      }
      let length = Swift.min(mine.keys.count - one.offset, theirs.keys.count - other.offset)
      for step in 0..<length {
        let (here, there) = (one.offset + step, other.offset + step)
        guard mine.keys[here] == theirs.keys[there], mine.values[here] == theirs.values[there] else {
          return false
        }
      }
      compared += length
      one.offset += length
      other.offset += length
      if one.offset == mine.keys.count { one = (one.chunk + 1, 0) }
      if other.offset == theirs.keys.count { other = (other.chunk + 1, 0) }
    }
    return true
  }
}

extension SortedMap: Hashable where Key: Hashable, Value: Hashable {
  public func hash(into hasher: inout Hasher) {
    hasher.combine(count)
    for (key, value) in self {
      hasher.combine(key)
      hasher.combine(value)
    }
  }
}
