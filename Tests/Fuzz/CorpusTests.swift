import Foundation
import Testing

/// The inputs that the fuzzers of `Tests/Fuzz/run` found worth keeping.
@Suite("What fuzzers found")
struct CorpusTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()

  private static func inputs(_ name: String) throws -> [(name: String, bytes: [UInt8])] {
    let corpus = folder.appending(path: "corpus/\(name)")
    return try FileManager.default.contentsOfDirectory(atPath: corpus.path).sorted().map { file in
      (file, Array(try Data(contentsOf: corpus.appending(path: file))))
    }
  }

  @Test("any bytes are translated, and lines stay at their places")
  func translation() throws {
    let inputs = try Self.inputs("translation")
    #expect(!inputs.isEmpty)
    for (name, bytes) in inputs { #expect(FuzzProperties.translation(bytes) == nil, "\(name)") }
  }

  @Test("any bytes are a path or none")
  func paths() throws {
    let inputs = try Self.inputs("paths")
    #expect(!inputs.isEmpty)
    for (name, bytes) in inputs { #expect(FuzzProperties.paths(bytes) == nil, "\(name)") }
  }
}
