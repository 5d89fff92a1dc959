import DMakefile
import Glibc
import MakeWrapper

/// Draws pictures with Graphviz, if it is installed.
struct Drawing {
  private let program: String?

  /// Looks for `dot` in PATH.
  init(_ environment: Environment) {
    let folders = (environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":").filter { $0.hasPrefix("/") }
    program = folders.map { "\($0)/dot" }.first { access($0, X_OK) == 0 }
  }

  func svg(of picture: GraphPicture) async throws(CommandFailure) -> [UInt8] {
    guard let program else {
      throw CommandFailure(
        .unavailable, "`dot` is not installed; install Graphviz (the package graphviz), or take `-o dot`")
    }
    let answer: Graphviz.Answer
    do throws(WrapperError) { answer = try await Graphviz.svg(of: picture.dot, program: program) } catch {
      throw CommandFailure(.unavailable, "the graph cannot be drawn: \(error)".visibleLines)
    }
    switch answer {
    case .picture(let bytes): return bytes
    case .refused(let message):
      throw CommandFailure(.unavailable, "`\(program)` did not draw the graph: \(message)".visibleLines)
    }
  }
}

extension GraphPicture {
  init(_ examination: PolicyExamination) {
    self.init(
      goals: examination.goals, members: examination.members.keys, bundle: examination.bundle,
      translation: examination.translation)
  }
}
