/// The lines in make's output that tell what it did. make is run with the C locale's messages, and their form has
/// been the same since 4.0.
enum MakeMessage {
  struct Failed: Equatable {
    let file: String
    let line: Int
    let target: String
    /// `Error 1`, `Killed`.
    let status: String
  }

  struct Fatal: Equatable {
    /// Nil for what is no line's fault.
    let file: String?
    let line: Int
    let message: String
  }

  /// The target of `DMakefile:5: update target 'a' due to: b`, or of `DMakefile:5: target 'a' does not exist`.
  ///
  /// By bytes: there is such a line for each rule that runs.
  static func traced(_ line: Substring) -> String? {
    let parts = line.utf8.split(separator: UInt8(ascii: "'"), maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3 else { return nil }
    let isUpdate = ends(parts[0], with: ": update target ") && parts[2].starts(with: " due to: ".utf8)
    let isMissing = ends(parts[0], with: ": target ") && parts[2].elementsEqual(" does not exist".utf8)
    return isUpdate || isMissing ? String(Substring(parts[1])) : nil
  }

  private static func ends(_ text: Substring.UTF8View, with end: String) -> Bool {
    text.suffix(end.utf8.count).elementsEqual(end.utf8)
  }

  /// The lines of what make printed, without empty ones.
  static func lines(of output: String) -> [Substring] {
    output.utf8.split(separator: UInt8(ascii: "\n")).map { Substring($0) }
  }

  /// `make: *** [DMakefile:5: a] Error 1`
  static func failed(_ line: Substring) -> Failed? {
    let prefix = "make: *** ["
    guard line.hasPrefix(prefix), let end = line.lastIndex(of: "]") else { return nil }
    let inner = line[..<end].dropFirst(prefix.count)
    let parts = inner.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, let number = Int(parts[1]) else { return nil }
    return Failed(
      file: String(parts[0]), line: number, target: String(parts[2].drop { $0 == " " }),
      status: String(line[line.index(after: end)...].drop { $0 == " " }))
  }

  /// `make: *** No rule to make target 'b', needed by 'a'.`
  static func unmakeable(_ line: Substring) -> (target: String, message: String)? {
    // With `-k`, make's own does not stop.
    guard line.hasPrefix("make: *** No rule to make target '"), !line.hasSuffix("Stop.") else { return nil }
    let parts = line.split(separator: "'", omittingEmptySubsequences: false)
    guard parts.count >= 3 else { return nil }
    let target = parts.count >= 5 ? parts[3] : parts[1]
    return (String(target), "there is no rule to make `\(parts[1])`")
  }

  /// The target of `Must remake target 'a'.`, which `--debug=b` prints before make expands the recipe.
  static func turnedTo(_ line: Substring) -> String? {
    let text = line.utf8.drop { $0 == UInt8(ascii: " ") }
    guard text.starts(with: "Must remake target '".utf8), text.suffix(2).elementsEqual("'.".utf8) else {
      return nil
    }
    return String(Substring(text.dropFirst("Must remake target '".utf8.count).dropLast(2)))
  }

  /// Whether the line is what `--debug=b` prints, and not a recipe's output.
  static func isExplanation(_ line: Substring) -> Bool {
    let text = line.utf8.drop { $0 == UInt8(ascii: " ") }
    return ["Must remake target '", "File '", "Successfully remade target file '", "Prerequisite '"].contains {
      text.starts(with: $0.utf8)
    }
  }

  /// What made make give up reading: `DMakefile:3: *** missing separator.  Stop.`
  static func fatal(in output: String) -> Fatal? {
    for line in lines(of: output) {
      guard ends(line.utf8, with: "Stop."), let mark = line.firstRange(of: "*** ") else { continue }
      let message = line[mark.upperBound...].dropLast("Stop.".count).drop { $0 == " " }
      var text = String(message)
      while text.last == " " || text.last == "." { text.removeLast() }
      let before = line[..<mark.lowerBound].split(separator: ":")
      if before.count >= 2, let number = Int(before[1]) {
        return Fatal(file: String(before[0]), line: number, message: text)
      }
      return Fatal(file: nil, line: 0, message: text)
    }
    return nil
  }
}
