/// Collects what make prints, in bounded memory: of each recipe's part the beginning and the end are kept. Where the
/// output is what a run of make is for, it is kept as a whole, up to a limit.
struct OutputCapture {
  /// Kept of one recipe at its beginning, and again at its end.
  static let segmentLimitBytes = 8 << 10
  static let totalLimitBytes = 256 << 20
  /// The longest line for which the memory of one is used again.
  private static let lineLimitBytes = 64 << 10
  /// Kept of a trace line, which names every prerequisite that is newer: where it names the target is at its beginning.
  static let traceLimitBytes = 4096

  private let segmentLimitBytes: Int
  /// How much of one whole text is kept; nil where there are recipes to tell apart.
  private let wholeLimitBytes: Int?
  private let startOfRecipe: (Substring) -> String?
  private var finished: [UInt8] = []
  private var head: [UInt8] = []
  private var tail: [UInt8] = []
  private var cutBytes = 0
  private var line: [UInt8] = []
  /// Whether a trace line goes on of which enough is known.
  private var isSkipping = false

  /// The recipe that prints now, as far as trace lines tell.
  private(set) var recipe: String?
  /// What it has printed so far.
  private(set) var recipeBytes = 0

  init(
    segmentLimitBytes: Int = OutputCapture.segmentLimitBytes, startOfRecipe: @escaping (Substring) -> String?
  ) {
    self.segmentLimitBytes = segmentLimitBytes
    self.startOfRecipe = startOfRecipe
    wholeLimitBytes = nil
  }

  /// Keeps one text, and of one that is longer the beginning.
  init(wholeLimitBytes: Int) {
    self.wholeLimitBytes = wholeLimitBytes
    segmentLimitBytes = 0
    startOfRecipe = { _ in nil }
  }

  mutating func append(_ bytes: ArraySlice<UInt8>) {
    if let wholeLimitBytes {
      recipeBytes += bytes.count
      finished += bytes.prefix(wholeLimitBytes - finished.count)
      return
    }
    var rest = bytes
    while let newline = rest.firstIndex(of: UInt8(ascii: "\n")) {
      if isSkipping {
        isSkipping = false
      } else {
        line += rest[...newline]
        endLine()
      }
      rest = rest[(newline + 1)...]
    }
    if isSkipping { return }
    line += rest
    // A line without an end must not fill the memory.
    if line.count > max(segmentLimitBytes, Self.traceLimitBytes) { isSkipping = endLine() }
  }

  mutating func finish() -> String {
    endLine()
    endSegment()
    return String(decoding: finished, as: UTF8.self)
  }

  /// Answers whether it is a trace line.
  @discardableResult
  private mutating func endLine() -> Bool {
    guard !line.isEmpty else { return false }
    let start = line.dropLast().prefix(Self.traceLimitBytes)
    let name = startOfRecipe(Substring(decoding: start, as: UTF8.self))
    if let name {
      endSegment()
      recipe = name
      recipeBytes = 0
      if start.count < line.count - 1 { line = start + Array("…\n".utf8) }
    }
    recipeBytes += line.count
    if head.count + line.count <= segmentLimitBytes && cutBytes == 0 && tail.isEmpty {
      head += line
    } else {
      tail += line
      if tail.count > 2 * segmentLimitBytes {
        cutBytes += tail.count - segmentLimitBytes
        tail.removeFirst(tail.count - segmentLimitBytes)
      }
    }
    // A copy that something still holds would make the next line's memory a little larger than this one's.
    line = line.capacity > Self.lineLimitBytes ? [] : line
    line.removeAll(keepingCapacity: true)
    return name != nil
  }

  private mutating func endSegment() {
    if finished.count < Self.totalLimitBytes {
      finished += head
      if cutBytes > 0 { finished += Array("\n[\(cutBytes) bytes left out]\n".utf8) }
      finished += tail
    }
    head.removeAll(keepingCapacity: true)
    tail.removeAll(keepingCapacity: true)
    cutBytes = 0
  }
}
