import DMakefile
import Foundation
import Model
import Testing

/// Makefiles of others, whose names are in the file that `DMAKE_TRANSPARENCY_CORPUS` names; the script
/// `transparency-corpus` fetches them.
@Suite("Real makefiles are passed on byte for byte")
struct TransparencyCorpusTests {
  private static let list = ProcessInfo.processInfo.environment["DMAKE_TRANSPARENCY_CORPUS"]

  @Test(.enabled(if: list != nil))
  func corpus() throws {
    let names = try String(contentsOfFile: Self.list ?? "", encoding: .utf8).split(separator: "\n").map(
      String.init)
    let path = try TreePath(Bundle.policyFile)
    var changed: [String] = []
    var errors: [String] = []
    for name in names {
      let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: name)))
      let bundle = Bundle(files: [.init(path: path, isExecutable: false, content: Content(bytes))])
      let translation = Translator.translate(bundle: bundle)
      if translation.files.first?.bytes != bytes || !translation.tags.isEmpty { changed.append(name) }
      errors += translation.diagnostics.filter { $0.severity == .error }.map {
        "\(name):\($0.line):\($0.column): \($0.message) [\($0.code.rawValue)]"
      }
    }
    print("\(names.count) makefiles, \(changed.count) changed, \(errors.count) findings of errors")
    for error in errors { print(error) }
    #expect(!names.isEmpty)
    #expect(changed == [])
  }
}
