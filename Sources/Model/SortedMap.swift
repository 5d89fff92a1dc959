/// A map that is always in the order of its keys.
///
/// The cores use it wherever a reader would expect a `Dictionary`: Swift seeds the order of hash tables anew in
/// each process, and replicas that walk the same state must do so in the same order. Keys and values stand in two
/// parallel arrays; a look-up is a binary search, an insertion moves what stands behind it. The maps here have up
/// to a few thousand entries (a folder's files, a cluster's nodes), where moving memory beats chasing pointers.
public struct SortedMap<Key: Comparable, Value> {
  public private(set) var keys: [Key] = []
  public private(set) var values: [Value] = []

  public init() {}

  /// Later entries win over earlier ones with the same key.
  public init(_ entries: some Sequence<(Key, Value)>) {
    for (key, value) in entries { self[key] = value }
  }

  public var count: Int { keys.count }
  public var isEmpty: Bool { keys.isEmpty }

  /// The position of the first key that is not less than `key`.
  public func lowerBound(of key: Key) -> Int {
    var low = 0
    var high = keys.count
    while low < high {
      let middle = (low + high) / 2
      if keys[middle] < key { low = middle + 1 } else { high = middle }
    }
    return low
  }

  public func contains(_ key: Key) -> Bool {
    let position = lowerBound(of: key)
    return position < keys.count && keys[position] == key
  }

  public subscript(key: Key) -> Value? {
    get {
      let position = lowerBound(of: key)
      return position < keys.count && keys[position] == key ? values[position] : nil
    }
    set {
      let position = lowerBound(of: key)
      let exists = position < keys.count && keys[position] == key
      switch (exists, newValue) {
      case (true, .some(let value)): values[position] = value
      case (true, .none):
        keys.remove(at: position)
        values.remove(at: position)
      case (false, .some(let value)):
        keys.insert(key, at: position)
        values.insert(value, at: position)
      case (false, .none): break
      }
    }
  }

  /// Changes the value in place, inserting `defaultValue` first where the key is new.
  public subscript(key: Key, default defaultValue: @autoclosure () -> Value) -> Value {
    get { self[key] ?? defaultValue() }
    _modify {
      let position = lowerBound(of: key)
      if position == keys.count || keys[position] != key {
        keys.insert(key, at: position)
        values.insert(defaultValue(), at: position)
      }
      yield &values[position]
    }
  }

  public mutating func removeAll(where isRemoved: (Key, Value) -> Bool) {
    self = filter { !isRemoved($0, $1) }
  }

  public func filter(_ isKept: (Key, Value) -> Bool) -> SortedMap {
    var kept = SortedMap()
    for (key, value) in self where isKept(key, value) {
      kept.keys.append(key)
      kept.values.append(value)
    }
    return kept
  }

  public func mapValues<Result>(_ transform: (Value) throws -> Result) rethrows -> SortedMap<Key, Result> {
    var mapped = SortedMap<Key, Result>()
    mapped.values = try values.map(transform)
    mapped.keys = keys
    return mapped
  }
}

extension SortedMap: Sequence {
  public func makeIterator() -> Zip2Sequence<[Key], [Value]>.Iterator { zip(keys, values).makeIterator() }
}

extension SortedMap: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (Key, Value)...) { self.init(elements) }
}

extension SortedMap: Equatable where Value: Equatable {}
extension SortedMap: Hashable where Key: Hashable, Value: Hashable {}
extension SortedMap: Sendable where Key: Sendable, Value: Sendable {}

/// A set that is always in the order of its elements; see ``SortedMap``.
public struct SortedSet<Element: Comparable> {
  private var map = SortedMap<Element, Void>()

  public init() {}
  public init(_ elements: some Sequence<Element>) { for element in elements { map[element] = () } }

  public var elements: [Element] { map.keys }
  public var count: Int { map.count }
  public var isEmpty: Bool { map.isEmpty }
  public func contains(_ element: Element) -> Bool { map.contains(element) }
  public mutating func insert(_ element: Element) { map[element] = () }
  public mutating func remove(_ element: Element) { map[element] = nil }
  public mutating func formUnion(_ other: some Sequence<Element>) { for element in other { insert(element) } }
}

extension SortedSet: Sequence {
  public func makeIterator() -> [Element].Iterator { elements.makeIterator() }
}

extension SortedSet: ExpressibleByArrayLiteral {
  public init(arrayLiteral elements: Element...) { self.init(elements) }
}

extension SortedSet: Equatable {
  public static func == (left: Self, right: Self) -> Bool { left.elements == right.elements }
}

extension SortedSet: Sendable where Element: Sendable {}
