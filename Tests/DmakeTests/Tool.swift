import Foundation
import Testing

/// The built binary, which stands beside the test bundle.
enum Tool {
  static var path: String {
    get throws {
      // `swift test` runs the bundle as `…/debug/dmakePackageTests.xctest`, beside the products.
      let candidates = CommandLine.arguments.prefix(1) + Bundle.allBundles.map(\.bundlePath)
      let folders = candidates.map { URL(fileURLWithPath: $0).deletingLastPathComponent() } + [buildFolder]
      for folder in folders {
        let path = folder.appendingPathComponent("dmake").path
        if FileManager.default.isExecutableFile(atPath: path) { return path }
      }
      throw Missing(description: "the dmake binary is in none of \(folders.map(\.path)); build it first")
    }
  }

  private static var buildFolder: URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent(".build/debug")
  }

  struct Missing: Error, CustomStringConvertible { let description: String }
}

/// How a command ended, with all that it printed.
struct Outcome: Equatable, CustomStringConvertible {
  var status: Int32
  var output = ""
  var errors = ""

  var description: String { "exit \(status)\n--- stdout\n\(output)--- stderr\n\(errors)---" }
}
