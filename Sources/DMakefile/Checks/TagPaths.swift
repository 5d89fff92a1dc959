import Model

/// Whether what one location path reads may be what another one writes.
enum TagPaths {
  /// A reader sees what a writer sets if the reader's steps stand in the writer's, and no test of an attribute tells
  /// them apart. Its first step may begin anywhere, and an element with children counts as its content.
  static func overlap(read: String, write: String) -> Bool {
    if read == write { return true }
    guard let reader = try? LocationPath(read), let writer = try? LocationPath(write) else { return true }
    if let attribute = reader.attribute, !names(writer).contains(attribute) { return false }
    if reader.steps.isEmpty { return true }
    guard reader.steps.count <= writer.steps.count else { return false }
    return (0...(writer.steps.count - reader.steps.count)).contains { start in
      zip(reader.steps, writer.steps[start...]).allSatisfy(matches)
    }
  }

  /// The attributes that a writer sets, by its end or by a test.
  private static func names(_ writer: LocationPath) -> [String] {
    writer.steps.flatMap { $0.attributes.map(\.name) } + (writer.attribute.map { [$0] } ?? [])
  }

  private static func matches(_ read: LocationPath.Step, _ write: LocationPath.Step) -> Bool {
    guard local(read.name) == local(write.name) else { return false }
    return read.attributes.allSatisfy { test in
      write.attributes.allSatisfy { $0.name != test.name || $0.value == test.value }
    }
  }

  /// Prefixes may be bound to the same namespace.
  private static func local(_ name: String) -> Substring {
    name.lastIndex(of: ":").map { name[name.index(after: $0)...] } ?? name[...]
  }
}
