/// A map that is always in the order of its keys.
///
/// The cores use it wherever a reader would expect a `Dictionary`: Swift seeds the order of hash tables anew in
/// each process, and replicas that walk the same state must do so in the same order.
///
/// Entries stand in chunks of at most ``chunkLimit``, each two parallel arrays. Most maps have a few entries and one
/// chunk, the head, and are two sorted arrays. The largest (a tree of 500,000 rules) are copied before each round and
/// changed afterwards: as arrays are copied on writing, a change of a copy costs a chunk and the list of the chunks,
/// and the rest is shared.
public struct SortedMap<Key: Comparable, Value> {
  @usableFromInline struct Chunk {
    @usableFromInline var keys: [Key]
    @usableFromInline var values: [Value]

    @inlinable init(keys: [Key] = [], values: [Value] = []) {
      self.keys = keys
      self.values = values
    }

    /// The position of the first key that is not less than `key`.
    @inlinable func lowerBound(of key: Key) -> Int {
      var low = 0
      var high = keys.count
      while low < high {
        let middle = (low + high) / 2
        if keys[middle] < key { low = middle + 1 } else { high = middle }
      }
      return low
    }

    @inlinable func filter(_ isKept: (Key, Value) -> Bool) -> Chunk {
      var position = 0
      while position < keys.count, isKept(keys[position], values[position]) { position += 1 }
      if position == keys.count { return self }
      var kept = Chunk(keys: Array(keys[..<position]), values: Array(values[..<position]))
      position += 1
      while position < keys.count {
        if isKept(keys[position], values[position]) {
          kept.keys.append(keys[position])
          kept.values.append(values[position])
        }
        position += 1
      }
      return kept
    }
  }

  /// Where a key stands, or would stand.
  @usableFromInline struct Place {
    /// 0 is the head, others are one more than their position in the tail.
    @usableFromInline var chunk: Int
    @usableFromInline var offset: Int
    @usableFromInline var exists: Bool

    @inlinable init(chunk: Int, offset: Int, exists: Bool) {
      self.chunk = chunk
      self.offset = offset
      self.exists = exists
    }
  }

  /// The most entries of a chunk.
  @inlinable static var chunkLimit: Int { 512 }

  /// Empty only where the map is.
  @usableFromInline var head = Chunk()
  /// None of them is empty.
  @usableFromInline var tail: [Chunk] = []
  @usableFromInline var entryCount = 0

  @inlinable public init() {}

  @inlinable public var count: Int { entryCount }
  @inlinable public var isEmpty: Bool { head.keys.isEmpty }

  /// All keys; where there are many of them a new array of as many, so not for one of them.
  public var keys: [Key] { tail.isEmpty ? head.keys : head.keys + tail.flatMap(\.keys) }
  /// All values in the order of their keys; see ``keys``.
  public var values: [Value] { tail.isEmpty ? head.values : head.values + tail.flatMap(\.values) }

  @inlinable public func contains(_ key: Key) -> Bool { place(of: key).exists }

  @inlinable public subscript(key: Key) -> Value? {
    get {
      let place = place(of: key)
      guard place.exists else { return nil }
      return place.chunk == 0 ? head.values[place.offset] : tail[place.chunk - 1].values[place.offset]
    }
    set {
      let place = place(of: key)
      guard let newValue else {
        if place.exists { remove(at: place) }
        return
      }
      if !place.exists {
        insert(key, newValue, at: place)
      } else if place.chunk == 0 {
        head.values[place.offset] = newValue
      } else {
        tail[place.chunk - 1].values[place.offset] = newValue
      }
    }
  }

  /// Changes the value in place, inserting `defaultValue` first where the key is new.
  @inlinable public subscript(key: Key, default defaultValue: @autoclosure () -> Value) -> Value {
    get { self[key] ?? defaultValue() }
    _modify {
      var place = place(of: key)
      if !place.exists { place = insert(key, defaultValue(), at: place) }
      if place.chunk == 0 {
        yield &head.values[place.offset]
      } else {
        yield &tail[place.chunk - 1].values[place.offset]
      }
    }
  }
}

extension SortedMap {
  @inlinable func place(of key: Key) -> Place {
    var low = 0
    var high = tail.count
    while low < high {
      let middle = (low + high) / 2
      if key < tail[middle].keys[0] { high = middle } else { low = middle + 1 }
    }
    if low == 0 {
      let offset = head.lowerBound(of: key)
      return Place(chunk: 0, offset: offset, exists: offset < head.keys.count && head.keys[offset] == key)
    }
    let offset = tail[low - 1].lowerBound(of: key)
    let exists = offset < tail[low - 1].keys.count && tail[low - 1].keys[offset] == key
    return Place(chunk: low, offset: offset, exists: exists)
  }

  @inlinable var chunkCount: Int { tail.count + 1 }

  @inlinable subscript(chunk number: Int) -> Chunk {
    get { number == 0 ? head : tail[number - 1] }
    _modify {
      if number == 0 { yield &head } else { yield &tail[number - 1] }
    }
  }

  /// Answers where the entry came to stand.
  @discardableResult
  @inlinable mutating func insert(_ key: Key, _ value: Value, at place: Place) -> Place {
    var place = place
    if self[chunk: place.chunk].keys.count == Self.chunkLimit { place = makeRoom(at: place) }
    self[chunk: place.chunk].keys.insert(key, at: place.offset)
    self[chunk: place.chunk].values.insert(value, at: place.offset)
    entryCount += 1
    return place
  }

  /// Divides a full chunk. At the map's end the new one begins empty, so that keys which come in order fill chunks.
  @usableFromInline mutating func makeRoom(at place: Place) -> Place {
    let isEnd = place.chunk == tail.count && place.offset == Self.chunkLimit
    let middle = isEnd ? Self.chunkLimit : Self.chunkLimit / 2
    let second = Chunk(
      keys: Array(self[chunk: place.chunk].keys[middle...]),
      values: Array(self[chunk: place.chunk].values[middle...]))
    tail.insert(second, at: place.chunk)
    self[chunk: place.chunk].keys.removeLast(Self.chunkLimit - middle)
    self[chunk: place.chunk].values.removeLast(Self.chunkLimit - middle)
    // In the middle it belongs to the end of the first half, so that every chunk still begins with its own key.
    return place.offset <= middle && !isEnd
      ? place : Place(chunk: place.chunk + 1, offset: place.offset - middle, exists: false)
  }

  @inlinable mutating func remove(at place: Place) {
    self[chunk: place.chunk].keys.remove(at: place.offset)
    self[chunk: place.chunk].values.remove(at: place.offset)
    entryCount -= 1
    if !tail.isEmpty { mergeIfSmall(place.chunk) }
  }

  /// Keeps the list of the chunks as long as what is in them needs.
  @usableFromInline mutating func mergeIfSmall(_ number: Int) {
    guard self[chunk: number].keys.count <= Self.chunkLimit / 4 else { return }
    let first = number == tail.count ? number - 1 : number
    let count = self[chunk: first].keys.count + self[chunk: first + 1].keys.count
    guard count <= Self.chunkLimit / 2 || self[chunk: number].keys.isEmpty else { return }
    let second = tail.remove(at: first)
    self[chunk: first].keys += second.keys
    self[chunk: first].values += second.values
  }

  /// Puts entries behind all others; their keys must be greater than those that are there.
  @inlinable mutating func append(_ chunk: Chunk) {
    guard !chunk.keys.isEmpty else { return }
    entryCount += chunk.keys.count
    if head.keys.isEmpty {
      head = chunk
    } else if self[chunk: tail.count].keys.count + chunk.keys.count <= Self.chunkLimit {
      self[chunk: tail.count].keys += chunk.keys
      self[chunk: tail.count].values += chunk.values
    } else {
      tail.append(chunk)
    }
  }
}

extension SortedMap: Sendable where Key: Sendable, Value: Sendable {}
extension SortedMap.Chunk: Sendable where Key: Sendable, Value: Sendable {}
