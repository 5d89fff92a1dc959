import DMakefile

/// `dmake lint -o make`: what make gets.
struct TranslationText {
  let translation: Translation

  init(_ translation: Translation) { self.translation = translation }

  /// One file as it is, byte for byte; several, each below a heading that is a comment.
  var bytes: [UInt8] {
    if translation.files.count == 1 { return translation.files[0].bytes }
    return translation.files.enumerated().flatMap { position, file -> [UInt8] in
      let end: [UInt8] = file.bytes.last == UInt8(ascii: "\n") || file.bytes.isEmpty ? [] : [UInt8(ascii: "\n")]
      return Array("\(position == 0 ? "" : "\n")# ---- \(file.path) ----\n".utf8) + file.bytes + end
    }
  }
}
