import Model

/// The dependency graph of a policy (paper, section 4): make's database, with what the translation knows of tags.
///
/// A graph does not change with the members of the group: ``goals(members:processes:)`` instantiates it for them.
public struct Graph: Equatable, Sendable {
  public let database: Database
  public let translation: Translation

  public init(database: Database, translation: Translation) {
    self.database = database
    self.translation = translation
  }
}
