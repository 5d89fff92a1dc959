import Model

/// What make wrote for one assignment line of a policy and one target.
public enum AssignmentRecord {
  public static func parse(_ bytes: [UInt8], site: AssignmentSite) -> (
    assignment: Assignment?, problem: AssignmentProblem?
  ) {
    (nil, nil)
  }
}
