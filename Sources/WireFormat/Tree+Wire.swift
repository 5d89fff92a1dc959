import FoundationEssentials
public import Model

extension TreeChange: WireValue {
  public var wire: WireTreeChange {
    var wire = WireTreeChange()
    wire.path = path.text
    if let content { wire.content = Data(content.bytes) }
    return wire
  }

  public init(wire: WireTreeChange) throws(WireError) {
    self.init(
      try .read(wire.path, "path"), wire.hasContent ? try Field.content(wire.content, "content") : nil)
  }
}

extension ValueReference: WireValue {
  public var wire: WireValueReference {
    var wire = WireValueReference()
    wire.path = path.text
    if let tag { wire.tag = tag }
    return wire
  }

  public init(wire: WireValueReference) throws(WireError) {
    self.init(
      try .read(wire.path, "path"),
      tag: wire.hasTag ? try Field.text(wire.tag, "tag", limit: WireLimit.tagBytes) : nil)
  }
}

extension Bundle: WireValue {
  public var wire: WireBundle {
    var wire = WireBundle()
    wire.files = files.map { file in
      var wire = WireBundle.File()
      wire.path = file.path.text
      wire.isExecutable = file.isExecutable
      wire.content = Data(file.content.bytes)
      return wire
    }
    return wire
  }

  public init(wire: WireBundle) throws(WireError) {
    try Field.checkCount(wire.files.count, "files", limit: WireLimit.bundleFiles)
    try Field.checkCount(wire.files.reduce(0) { $0 + $1.content.count }, "files", limit: Self.sizeLimitBytes)
    var files: [File] = []
    for (position, file) in wire.files.enumerated() {
      files.append(
        File(
          path: try .read(file.path, "files[\(position)].path"), isExecutable: file.isExecutable,
          content: try Field.content(file.content, "files[\(position)].content")))
    }
    self.init(files: files)
    for (file, next) in zip(self.files, self.files.dropFirst()) where file.path == next.path {
      throw WireError(.invalid("the path `\(file.path)` is there twice"), field: "files")
    }
  }
}
