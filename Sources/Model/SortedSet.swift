/// A set that is always in the order of its elements; see ``SortedMap``.
public struct SortedSet<Element: Comparable> {
  @usableFromInline var map = SortedMap<Element, Void>()

  @inlinable public init() {}
  @inlinable public init(_ elements: some Sequence<Element>) { map = SortedMap(elements.map { ($0, ()) }) }

  /// All elements; where there are many of them a new array of as many, so not for one of them.
  public var elements: [Element] { map.keys }
  public var first: Element? { map.first?.key }
  public var last: Element? { map.last?.key }
  public var count: Int { map.count }
  public var isEmpty: Bool { map.isEmpty }
  @inlinable public func contains(_ element: Element) -> Bool { map.contains(element) }
  @inlinable public mutating func insert(_ element: Element) { map[element] = () }
  @inlinable public mutating func remove(_ element: Element) { map[element] = nil }
  public func union(_ other: some Sequence<Element>) -> SortedSet {
    var result = self
    result.formUnion(other)
    return result
  }

  public mutating func formUnion(_ other: some Sequence<Element>) { for element in other { insert(element) } }
}

extension SortedSet: Sequence {
  public struct Iterator: IteratorProtocol {
    @usableFromInline var base: SortedMap<Element, Void>.Iterator
    @usableFromInline init(_ base: SortedMap<Element, Void>.Iterator) { self.base = base }
    @inlinable public mutating func next() -> Element? { base.next()?.0 }
  }

  @inlinable public func makeIterator() -> Iterator { Iterator(map.makeIterator()) }
  public var underestimatedCount: Int { count }
}

extension SortedSet: ExpressibleByArrayLiteral {
  @inlinable public init(arrayLiteral elements: Element...) { self.init(elements) }
}

extension SortedSet: Equatable {
  /// In the order of their elements, with no array of all of them.
  public static func == (left: Self, right: Self) -> Bool {
    left.count == right.count && left.elementsEqual(right)
  }
}

extension SortedSet: Sendable where Element: Sendable {}
