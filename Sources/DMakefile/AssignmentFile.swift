import Model

/// The file named by `$DMAKE_ASSIGN`, to which the programs of a recipe append lines; each target has its own.
///
///     X{tag}=Y        sets the tag of the file X, a path from ROOT; Y is all up to the line's end
///     X{tag}<<END     the value is what follows, with its newlines, up to a line that is END and no more
///     X{tag}-=        removes what the tag names
///
/// A tag that is set more than once by one run of a rule gets all these values, in their order. A removal forgets
/// what was set before it. Empty lines, and lines that begin with `#`, mean nothing. The file is UTF-8.
public enum AssignmentFile {
  /// The assignments in the order of their first lines, and what is no assignment. `file` names it in places.
  public static func parse(_ bytes: [UInt8], file: String) -> (
    assignments: [Assignment], problems: [AssignmentProblem]
  ) {
    var parser = AssignmentFileParser(bytes: bytes, file: file)
    parser.run()
    return (parser.assignments, parser.problems)
  }
}

private struct AssignmentFileParser {
  private let lines: [ArraySlice<UInt8>]
  private let file: String
  private var next = 0
  private(set) var assignments: [Assignment] = []
  private(set) var problems: [AssignmentProblem] = []
  private var positions = SortedMap<ValueReference, Int>()

  init(bytes: [UInt8], file: String) {
    lines = bytes.split(separator: Byte.newline, omittingEmptySubsequences: false)
    self.file = file
  }

  mutating func run() {
    while next < lines.count {
      let place = SourcePlace(file: file, line: next + 1)
      var line = lines[next]
      next += 1
      if line.last == Byte.carriageReturn { line.removeLast() }
      if line.isEmpty || line.first == Byte.hash { continue }
      if let problem = take(line, place) { problems.append(AssignmentProblem(place: place, message: problem)) }
    }
  }

  private mutating func take(_ line: ArraySlice<UInt8>, _ place: SourcePlace) -> String? {
    let bytes = Array(line)
    guard let open = bytes.firstIndex(of: Byte.openBrace), let close = TagText.close(bytes, open, bytes.count)
    else {
      return "expected `FILE{tag}=VALUE`, found `\(visible(bytes))`"
    }
    let tag = bytes[open + 1..<close].text
    if let error = TagText.check(tag) {
      return "the tag `\(visible(Array(tag.utf8)))` is no location path: \(error)"
    }
    let path: TreePath
    do throws(NameError) { path = try TreePath(bytes[..<open].text) } catch { return error.description }
    let reference = ValueReference(path, tag: tag)
    let rest = bytes[(close + 1)...]
    if rest.elementsEqual("-=".utf8) {
      set(reference, nil, place)
    } else if rest.first == Byte.equals {
      return setText(reference, Array(rest.dropFirst()), place)
    } else if rest.starts(with: "<<".utf8), rest.count > 2 {
      guard let value = block(endingWith: rest.dropFirst(2)) else {
        return "the value's end `\(visible(Array(rest.dropFirst(2))))` does not follow"
      }
      return setText(reference, value, place)
    } else {
      return "expected `=`, `-=` or `<<END` behind the tag, found `\(visible(bytes))`"
    }
    return nil
  }

  private mutating func block(endingWith end: ArraySlice<UInt8>) -> [UInt8]? {
    guard let last = lines[next...].firstIndex(where: { $0.elementsEqual(end) }) else {
      next = lines.count
      return nil
    }
    let value = Array(lines[next..<last].joined(separator: [Byte.newline]))
    next = last + 1
    return value
  }

  private mutating func setText(_ reference: ValueReference, _ bytes: [UInt8], _ place: SourcePlace) -> String?
  {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      return "the value of `\(reference)` is not UTF-8"
    }
    set(reference, text, place)
    return nil
  }

  private mutating func set(_ reference: ValueReference, _ value: String?, _ place: SourcePlace) {
    guard let tag = reference.tag else { return }
    let values = value.map { [$0] } ?? []
    guard let position = positions[reference] else {
      positions[reference] = assignments.count
      assignments.append(Assignment(path: reference.path, tag: tag, values: values, place: place))
      return
    }
    let old = assignments[position]
    assignments[position] = Assignment(
      path: old.path, tag: old.tag, values: values.isEmpty ? [] : old.values + values, place: old.place)
  }

  private func visible(_ bytes: [UInt8]) -> String { DiagnosticRenderer.visible(bytes.prefix(60)) }
}
