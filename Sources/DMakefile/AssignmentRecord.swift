import Model

/// What make wrote, when it expanded the recipe of a target, for one assignment line of the policy: X, a newline, Y
/// as it is, a semicolon and a newline. Which line it was, and its tag, is told by the number in the file's name; of a
/// tag that make completed, `/~TAG` stands behind X.
///
/// make expands all lines of a recipe before it starts the first one, so the record of a rule that failed is there
/// too; the wrapper heeds only those of targets that were made.
public enum AssignmentRecord {
  /// The assignment, or why it is none.
  public static func parse(_ bytes: [UInt8], site: AssignmentSite) -> (
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
      return problem("the assignment's file is refused: \(error.description)")
    }
    if site.isRemoval {
      return (Assignment(path: path, tag: tag, values: [], place: site.place), nil)
    }
    guard let text = String(validating: bytes[(newline + 1)..<(bytes.count - 2)], as: UTF8.self) else {
      return problem("the value that is assigned to `\(path){\(tag)}` is not UTF-8")
    }
    let values = site.isCopy ? ValueFile.values(of: text) : [text]
    return (Assignment(path: path, tag: tag, values: values, place: site.place), nil)
  }
}
