import Model

/// The file named by `$DMAKE_ASSIGN`, to which a policy's programs append lines.
public enum AssignmentFile {
  public static func parse(_ bytes: [UInt8], file: String) -> (
    assignments: [Assignment], problems: [AssignmentProblem]
  ) {
    ([], [])
  }
}
