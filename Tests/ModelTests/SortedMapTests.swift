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
        #expect(map.lowerBound(of: key) == model.keys.count { $0 < key })
      }
      #expect(map.keys == model.keys.sorted() && map.count == model.count)
      #expect(map.values == model.sorted { $0.key < $1.key }.map(\.value))
    }
    #expect(map.mapValues { $0 * 2 }.values == map.values.map { $0 * 2 })
    #expect(map.filter { key, _ in key < 20 }.keys == map.keys.filter { $0 < 20 })
  }

  @Test("of two entries with one key the later one stays")
  func laterWins() {
    #expect(SortedMap([(1, "a"), (2, "b"), (1, "c")]) == [1: "c", 2: "b"])
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
