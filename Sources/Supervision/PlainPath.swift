/// An absolute path of which each component is a name: what a pattern is compared with.
///
/// A path is taken apart as the kernel does it, by its slashes and nothing else. (For Swift's characters a slash with
/// an accent behind it is no slash.)
struct PlainPath: Equatable, Sendable {
  let components: [[Unicode.Scalar]]

  /// Nil where the path has `..`: behind a symbolic link that is not the folder in which the link stands.
  ///
  /// - Parameter folder: where a path that is not absolute begins; nil: there are none.
  init?(_ text: String, in folder: PlainPath? = nil) {
    let isAbsolute = text.unicodeScalars.first == "/"
    if !isAbsolute, folder == nil { return nil }
    var components = isAbsolute ? [] : folder?.components ?? []
    for part in text.unicodeScalars.split(separator: "/") {
      if part.elementsEqual("..".unicodeScalars) { return nil }
      if part.elementsEqual(".".unicodeScalars) { continue }
      components.append(Array(part))
    }
    self.components = components
  }

  var text: String {
    var text = String.UnicodeScalarView()
    for component in components {
      text.append("/")
      text.append(contentsOf: component)
    }
    return text.isEmpty ? "/" : String(text)
  }
}

/// A name in which `*` stands for any characters and `?` for one.
struct NamePattern: Equatable, Sendable {
  let scalars: [Unicode.Scalar]
  init(_ scalars: some Sequence<Unicode.Scalar>) { self.scalars = Array(scalars) }

  func matches(_ name: [Unicode.Scalar]) -> Bool {
    Wildcards.match(scalars, name, isStar: { $0 == "*" }, matchesOne: { $0 == "?" || $0 == $1 })
  }
}

/// An absolute path with patterns for components; `**` stands for any number of them, none too.
struct PathPattern: Equatable, Sendable {
  enum Component: Equatable, Sendable {
    case name(NamePattern)
    case any
  }

  let components: [Component]

  /// Throws what is wrong with the pattern and what to do.
  init(_ text: String) throws(AllowListProblem.Reason) {
    guard text.unicodeScalars.first == "/" else {
      throw .init("the path `\(text)` does not begin with `/`; write the whole path")
    }
    var components: [Component] = []
    let parts = text.unicodeScalars.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    for part in parts where text != "/" {
      if part.isEmpty || part.elementsEqual(".".unicodeScalars) || part.elementsEqual("..".unicodeScalars) {
        throw .init("the path `\(text)` has an empty part, `.` or `..`; write it without")
      }
      if part.contains(where: { "[]{}\\".unicodeScalars.contains($0) }) {
        throw .init("the path `\(text)` has brackets or a backslash; only `*`, `?` and `**` are patterns")
      }
      if part.elementsEqual("**".unicodeScalars) {
        components.append(.any)
      } else if zip(part, part.dropFirst()).contains(where: { $0 == "*" && $1 == "*" }) {
        throw .init("the path `\(text)` has `**` beside other characters; it stands alone between slashes")
      } else {
        components.append(.name(NamePattern(part)))
      }
    }
    self.components = components
  }

  func matches(_ path: PlainPath) -> Bool {
    Wildcards.match(
      components, path.components, isStar: { $0 == .any },
      matchesOne: { pattern, name in
        if case .name(let pattern) = pattern { pattern.matches(name) } else { false }
      })
  }
}

enum Wildcards {
  /// Whether a pattern stands for the whole of a text. Only the last star is ever gone back to, so that no pattern
  /// takes longer than the product of both lengths.
  static func match<Pattern, Element>(
    _ pattern: [Pattern], _ text: [Element], isStar: (Pattern) -> Bool, matchesOne: (Pattern, Element) -> Bool
  ) -> Bool {
    var position = 0
    var next = 0
    var star: (position: Int, next: Int)?
    while next < text.count {
      if position < pattern.count, isStar(pattern[position]) {
        star = (position, next)
        position += 1
      } else if position < pattern.count, matchesOne(pattern[position], text[next]) {
        position += 1
        next += 1
      } else if let last = star {
        star = (last.position, last.next + 1)
        position = last.position + 1
        next = last.next + 1
      } else {
        return false
      }
    }
    return pattern[position...].allSatisfy(isStar)
  }
}
