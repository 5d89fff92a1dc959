/// Names that somebody may have meant.
enum SimilarNames {
  /// How many characters may be missing, too many or other ones.
  private static let distanceLimit = 3
  private static let countLimit = 3

  /// The nearest names, the best first. A quarter of a name's characters must be right at least.
  static func of(_ text: String, in names: [String]) -> [String] {
    let wanted = Array(text.utf8.prefix(512))
    var found: [(distance: Int, name: String)] = []
    for name in names {
      let bytes = Array(name.utf8)
      guard let distance = distance(wanted, bytes), distance * 4 < 3 * wanted.count else { continue }
      found.append((distance, name))
    }
    return found.sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.prefix(countLimit).map(\.name)
  }

  /// Levenshtein's distance (1965), in the band of the limit; nil beyond it.
  private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int? {
    let limit = distanceLimit
    guard abs(left.count - right.count) <= limit else { return nil }
    var row = (0...right.count).map { min($0, limit + 1) }
    for (i, byte) in left.enumerated() {
      var diagonal = row[0]
      row[0] = min(i + 1, limit + 1)
      let band = max(1, i + 1 - limit)...max(1, min(right.count, i + 1 + limit))
      var best = row[0]
      if band.lowerBound > 1 {
        diagonal = row[band.lowerBound - 1]
        row[band.lowerBound - 1] = limit + 1
      }
      for j in band where j <= right.count {
        let replaced = diagonal + (byte == right[j - 1] ? 0 : 1)
        diagonal = row[j]
        row[j] = min(replaced, row[j] + 1, row[j - 1] + 1, limit + 1)
        best = min(best, row[j])
      }
      if best > limit { return nil }
    }
    let distance = row[right.count]
    return distance <= limit ? distance : nil
  }
}
