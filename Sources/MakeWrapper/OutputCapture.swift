/// Collects what make prints, in bounded memory: of each recipe's part the beginning and the end are kept.
struct OutputCapture {
  /// Kept of one recipe at its beginning, and again at its end.
  static let segmentLimitBytes = 8 << 10
  static let totalLimitBytes = 256 << 20

  private let segmentLimitBytes: Int
  private let startOfRecipe: (Substring) -> String?
  private var finished: [UInt8] = []
  private var head: [UInt8] = []
  private var tail: [UInt8] = []
  private var cutBytes = 0
  private var line: [UInt8] = []

  /// The recipe that prints now, as far as trace lines tell.
  private(set) var recipe: String?
  /// What it has printed so far.
  private(set) var recipeBytes = 0

  init(segmentLimitBytes: Int, startOfRecipe: @escaping (Substring) -> String?) {
    self.segmentLimitBytes = segmentLimitBytes
    self.startOfRecipe = startOfRecipe
  }

  mutating func append(_ bytes: ArraySlice<UInt8>) {
    var rest = bytes
    while let newline = rest.firstIndex(of: UInt8(ascii: "\n")) {
      line += rest[...newline]
      endLine()
      rest = rest[(newline + 1)...]
    }
    line += rest
    // A line without an end must not fill the memory.
    if line.count > segmentLimitBytes { endLine() }
  }

  mutating func finish() -> String {
    endLine()
    endSegment()
    return String(decoding: finished, as: UTF8.self)
  }

  private mutating func endLine() {
    guard !line.isEmpty else { return }
    // Trace lines are short; recipes print most of what is long.
    if line.count < 4096, let name = startOfRecipe(Substring(decoding: line.dropLast(), as: UTF8.self)) {
      endSegment()
      recipe = name
      recipeBytes = 0
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
    line.removeAll(keepingCapacity: true)
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
