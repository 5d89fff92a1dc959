import Foundation
import Testing

/// Compares a text with the file of that name in `Golden`. With DMAKE_UPDATE_GOLDENS the file is rewritten, and the
/// run fails so that nobody takes an update for a success.
func expectGolden(_ text: String, _ name: String, location: SourceLocation = #_sourceLocation) {
  let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden")
  expectFile(text, folder.appendingPathComponent(name), location: location)
}

/// Compares a text with a committed file.
func expectFile(_ text: String, _ file: URL, location: SourceLocation = #_sourceLocation) {
  let expected = try? String(contentsOf: file, encoding: .utf8)
  if text == expected { return }
  guard ProcessInfo.processInfo.environment["DMAKE_UPDATE_GOLDENS"] != nil else {
    Issue.record(
      "\(file.lastPathComponent) differs; what came instead:\n\(text)", sourceLocation: location)
    return
  }
  do {
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try text.write(to: file, atomically: true, encoding: .utf8)
    Issue.record(
      "\(file.lastPathComponent) was rewritten; read the difference and run again", sourceLocation: location)
  } catch {
    Issue.record("\(file.path) cannot be written: \(error)", sourceLocation: location)
  }
}
