import Linux

enum FolderListing {
  static func names(_ path: String) throws -> [String] { try Directory(path: path).list().map(\.name) }
}
