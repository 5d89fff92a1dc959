import Model
import Testing

@Suite("SortedMap and SortedSet behave as Dictionary and Set, in order")
struct SortedMapTests {
  @Test("the same operations have the same results", arguments: 1...20 as ClosedRange<UInt64>)
  func againstDictionary(seed: UInt64) {
    var generator = Generator(seed: seed)
    var map = SortedMap<Int, Int>()
    var model: [Int: Int] = [:]
    for step in 0..<500 {
      let key = generator.below(40)
      switch generator.below(6) {
      case 0, 1:
        map[key] = step
        model[key] = step
      case 2:
        map[key] = nil
        model[key] = nil
      case 3:
        map[key, default: 7] += step
        model[key, default: 7] += step
      case 4:
        map.removeAll { other, value in other % 5 == key % 5 && value % 2 == 0 }
        model = model.filter { !($0.key % 5 == key % 5 && $0.value % 2 == 0) }
      default:
        #expect(map[key] == model[key] && map.contains(key) == (model[key] != nil))
        #expect(map.lastKey(before: key) == model.keys.filter { $0 < key }.max())
        #expect(map.entries(from: key).map(\.0) == model.keys.filter { $0 >= key }.sorted())
      }
      #expect(map.keys == model.keys.sorted() && map.count == model.count)
      #expect(map.values == model.sorted { $0.key < $1.key }.map(\.value))
    }
    #expect(map.mapValues { $0 * 2 }.values == map.values.map { $0 * 2 })
    #expect(map.filter { key, _ in key < 20 }.keys == map.keys.filter { $0 < 20 })
  }

  @Test(
    "a map of many chunks too, and copies of it stay as they were", arguments: 1...12 as ClosedRange<UInt64>)
  func many(seed: UInt64) {
    var generator = Generator(seed: seed)
    let space = 3000 + generator.below(3000)
    var model: [Int: Int] = [:]
    for key in 0..<generator.below(space) { model[key * 2 % space] = key }
    var map = SortedMap(model.map { ($0.key, $0.value) })
    var kept: [(map: SortedMap<Int, Int>, model: [Int: Int])] = []
    for step in 0..<40 {
      kept.append((map, model))
      let start = generator.below(space)
      let length = generator.below(700)
      switch generator.below(4) {
      case 0:
        for key in start..<start + length {
          map[key] = step
          model[key] = step
        }
      case 1:
        for key in (start..<start + length).reversed() {
          map[key, default: 1] += step
          model[key, default: 1] += step
        }
      case 2:
        for _ in 0..<length {
          let key = generator.below(space)
          map[key] = nil
          model[key] = nil
        }
      default:
        map.removeAll { key, _ in key >= start && key < start + length }
        model = model.filter { !($0.key >= start && $0.key < start + length) }
      }
      check(map, model)
      let probe = generator.below(space)
      #expect(map[probe] == model[probe] && map.contains(probe) == (model[probe] != nil))
      #expect(map.lastKey(before: probe) == model.keys.filter { $0 < probe }.max())
      #expect(map.entries(from: probe).map(\.0) == model.keys.filter { $0 >= probe }.sorted())
    }
    for copy in kept { check(copy.map, copy.model) }
  }

  private func check(_ map: SortedMap<Int, Int>, _ model: [Int: Int]) {
    let sorted = model.sorted { $0.key < $1.key }
    #expect(map.keys == sorted.map(\.key) && map.values == sorted.map(\.value))
    #expect(map.elementsEqual(sorted) { $0.0 == $1.key && $0.1 == $1.value })
    #expect(map.count == model.count && map.isEmpty == model.isEmpty)
    #expect(map.first?.key == sorted.first?.key && map.last?.value == sorted.last?.value)
  }

  @Test("maps are equal by their entries, however they came about", arguments: 1...12 as ClosedRange<UInt64>)
  func equality(seed: UInt64) {
    var generator = Generator(seed: seed)
    let entries = (0..<2000).map { ($0 * 3, $0) }
    let bulk = SortedMap(entries)
    var grown = SortedMap<Int, Int>()
    for step in 0..<2000 { grown[entries[step * 7 % 2000].0] = entries[step * 7 % 2000].1 }
    for _ in 0..<500 {
      let stranger = generator.below(2000) * 3 + 1
      grown[stranger] = 0
      grown[stranger] = nil
    }
    #expect(bulk == grown && bulk.hashValue == grown.hashValue)
    #expect(SortedSet(bulk.keys) == SortedSet(grown.keys.reversed()))
    let place = generator.below(2000) * 3
    grown[place]? += 1
    #expect(bulk != grown && grown != bulk)
    grown[place] = nil
    #expect(bulk != grown)
    grown[place + 1] = bulk[place]
    #expect(bulk != grown && bulk.count == grown.count)
    #expect(SortedSet(bulk.keys) != SortedSet(grown.keys))
  }

  @Test("a map shrinks to nothing from any side")
  func shrinking() {
    let full = SortedMap((0..<3000).map { ($0, $0) })
    for order in [Array(0..<3000), Array((0..<3000).reversed()), (0..<3000).map { $0 * 7 % 3000 }] {
      var map = full
      for (removed, key) in order.enumerated() {
        map[key] = nil
        if removed % 97 == 0 { #expect(map.keys == order[(removed + 1)...].sorted()) }
      }
      #expect(map.isEmpty && map == [:] && map.first == nil && map.last == nil && map.lastKey(before: 5) == nil)
      map[1] = 2
      #expect(map == [1: 2])
    }
    #expect(full.count == 3000)
  }

  @Test("of two entries with one key the later one stays")
  func laterWins() {
    #expect(SortedMap([(1, "a"), (2, "b"), (1, "c")]) == [1: "c", 2: "b"])
    let doubled = SortedMap((0..<5000).map { ($0 * 13 % 1000, $0) })
    #expect(doubled.keys == Array(0..<1000) && doubled.allSatisfy { $0.0 == $0.1 * 13 % 1000 && $0.1 >= 4000 })
  }

  @Test("a set has its elements once and in order", arguments: 1...5 as ClosedRange<UInt64>)
  func set(seed: UInt64) {
    var generator = Generator(seed: seed)
    var set = SortedSet<Int>()
    var model: Set<Int> = []
    for _ in 0..<300 {
      let element = generator.below(30)
      switch generator.below(3) {
      case 0:
        set.remove(element)
        model.remove(element)
      case 1:
        set.insert(element)
        model.insert(element)
      default:
        set.formUnion([element, element + 1])
        model.formUnion([element, element + 1])
      }
      #expect(set.elements == model.sorted() && set.contains(element) == model.contains(element))
    }
  }
}
