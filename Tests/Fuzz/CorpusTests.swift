import Foundation
import Testing

/// The inputs that the fuzzers of `Tests/Fuzz/run` begin with, and those that they found worth keeping.
@Suite("What fuzzers found")
struct CorpusTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()

  private static func inputs(_ name: String) throws -> [(name: String, bytes: [UInt8])] {
    try ["corpus/\(name)", "../DMakefileTests/Golden"].flatMap { try inputs(in: folder.appending(path: $0)) }
  }

  private static func inputs(in corpus: URL) throws -> [(name: String, bytes: [UInt8])] {
    try FileManager.default.contentsOfDirectory(atPath: corpus.path).sorted().map { file in
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
