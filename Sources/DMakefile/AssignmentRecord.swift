import Model

/// What make wrote, when it expanded the recipe of a target, for one assignment line of the policy: a line with the
/// name of the run, the assignment's number and the target, then X, a newline, Y as it is, a semicolon and a newline.
/// The number tells the line and its tag; of a tag that make completed, `/~TAG` stands behind X.
///
/// The records of a run stand in a file for each of its processes. No Y can pretend to be a record: whoever writes
/// values does not know the run's name, `DMAKE_RUN`, which is drawn for each run.
///
/// make expands all lines of a recipe before it starts the first one, so the record of a rule that failed is there
/// too; the wrapper heeds only those of targets that were made.
public enum AssignmentRecord {
  /// One of a run's records; `bytes` are as ``parse(_:site:)`` takes them.
  public struct Located: Equatable, Sendable {
    public let number: Int
    public let target: String
    public let bytes: [UInt8]
  }

  /// What make's function `$(file …)` is given for the first line.
  static func head(_ number: Int) -> String { "\(mark)\(number) $@" }
  /// What stands before the number.
  static let mark = ">>\(HiddenSpace.assigned)$(DMAKE_PART),$(DMAKE_RUN) "

  /// The file with the records of one of the processes that make up a run.
  public static func file(part: Int) -> String { HiddenSpace.assigned + suffix(part: part) }
  /// `DMAKE_PART` of that process.
  public static func suffix(part: Int) -> String { part == 0 ? "" : ".\(part)" }

  /// The records of the run with this name, in the order in which make wrote them.
  public static func records(in bytes: [UInt8], run: String) -> [Located] {
    let mark = Array("\(run) ".utf8)
    var starts: [Int] = []
    var line = 0
    while line < bytes.count {
      if bytes[line...].starts(with: mark) { starts.append(line) }
      line = bytes[line...].firstIndex(of: Byte.newline).map { $0 + 1 } ?? bytes.count
    }
    return zip(starts, starts.dropFirst() + [bytes.count]).compactMap { start, end in
      let record = bytes[(start + mark.count)..<end]
      guard let space = record.firstIndex(of: Byte.space), let number = Int(record[..<space].text),
        let newline = record.firstIndex(of: Byte.newline), space < newline
      else { return nil }
      return Located(
        number: number, target: record[(space + 1)..<newline].text, bytes: Array(record[(newline + 1)...]))
    }
  }

  /// The assignment, or why it is none. `content` answers what a value's file holds, of which a copy names one or
  /// more: what make itself would write of a set does not tell one empty value from none.
  public static func parse(
    _ bytes: [UInt8], site: AssignmentSite, content: (String) -> [UInt8]? = { _ in nil }
  ) -> (
    assignment: Assignment?, problem: AssignmentProblem?
  ) {
    func problem(_ message: String) -> (Assignment?, AssignmentProblem?) {
      (nil, AssignmentProblem(place: site.place, message: message))
    }
    guard let newline = bytes.firstIndex(of: Byte.newline), bytes.count >= newline + 3,
      bytes.suffix(2).elementsEqual(";\n".utf8)
    else { return problem("the record of an assignment is cut short") }
    var file = bytes[..<newline].text
    var tag = site.tag
    if site.isComputed {
      guard let mark = file.firstRange(of: "/~"), let completed = HiddenSpace.decoded(file[mark.upperBound...])
      else { return problem("the record of an assignment has no tag") }
      if let error = TagText.check(completed) {
        return problem("the tag `\(DiagnosticRenderer.visible(completed.utf8))` is no location path: \(error)")
      }
      tag = completed
      file = String(file[..<mark.lowerBound])
    }
    let path: TreePath
    do throws(NameError) {
      path = try TreePath(file)
    } catch {
      if file.hasPrefix(HiddenSpace.folder + "/") {
        return problem(
          "the assignment's file is a value: where the target has a tag already, write `$@`, or the file's own name"
        )
      }
      return problem("the assignment's file is refused: \(error.description)")
    }
    if site.isRemoval {
      return (Assignment(path: path, tag: tag, values: [], place: site.place), nil)
    }
    guard let text = String(validating: bytes[(newline + 1)..<(bytes.count - 2)], as: UTF8.self) else {
      return problem("the value that is assigned to `\(path){\(tag)}` is not UTF-8")
    }
    let values =
      site.isCopy
      ? text.utf8.split(whereSeparator: Byte.isSpace).flatMap {
        ValueFile.values(in: content(String(Substring($0))) ?? [])
      }
      : [text]
    return (Assignment(path: path, tag: tag, values: values, place: site.place), nil)
  }
}
