import Model

/// Expands make's text as far as it can be known without running make: variables, automatic variables and the
/// functions on names. What needs files or processes (`$(wildcard …)`, `$(shell …)`) has no answer here.
struct Expander {
  let database: Database
  let target: String
  let stem: String
  let prerequisites: [String]
  /// What nothing is left of cannot be known either.
  let budget: AnalysisBudget

  private static let depthLimit = 32

  /// Nil if something in it cannot be known.
  func expand(_ text: String) -> String? { expand(Array(text.utf8)[...], [:], 0) }

  /// The words of the expanded text.
  func words(_ text: String) -> [String]? {
    guard let text = expand(text) else { return nil }
    if text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) { return text.isEmpty ? [] : [text] }
    return text.split(whereSeparator: \.isWhitespace).map(String.init)
  }

  private func expand(_ text: ArraySlice<UInt8>, _ locals: SortedMap<String, String>, _ depth: Int) -> String? {
    guard depth < Self.depthLimit, budget.spend(AnalysisBudget.nameSteps + text.count) else { return nil }
    let bytes = Array(text)
    var result: [UInt8] = []
    var next = 0
    while next < bytes.count {
      guard bytes[next] == Byte.dollar, next + 1 < bytes.count else {
        result.append(bytes[next])
        next += 1
        continue
      }
      let end = MakeText.skipReference(bytes, next, bytes.count)
      let isLong = end - next > 2
      if bytes[next + 1] == Byte.dollar {
        result.append(Byte.dollar)
      } else {
        let inner = isLong ? bytes[(next + 2)..<(end - 1)] : bytes[(next + 1)..<end]
        guard let value = reference(inner, locals, depth + 1) else { return nil }
        result += value.utf8
        guard budget.spend(value.utf8.count) else { return nil }
      }
      next = end
    }
    return result.text
  }

  private func reference(_ inner: ArraySlice<UInt8>, _ locals: SortedMap<String, String>, _ depth: Int)
    -> String?
  {
    // A blank behind a `$` is one of a reference inside a name.
    if let space = inner.firstIndex(where: { Byte.isBlank($0) || $0 == Byte.dollar }),
      inner[space] != Byte.dollar
    {
      return function(inner[..<space].text, inner[(space + 1)...], locals, depth)
    }
    guard let name = expand(inner, locals, depth) else { return nil }
    if let local = locals[name] { return local }
    if let automatic = automatic(name) { return automatic }
    if let (inner, pattern, replacement) = Self.substitution(name) {
      guard let value = reference(Array(inner.utf8)[...], locals, depth) else { return nil }
      let words = value.split(whereSeparator: \.isWhitespace).map(String.init)
      return NameFunctions.call("patsubst", [pattern, replacement, value], words)
    }
    guard let variable = database.variables[name] else { return "" }
    return variable.isSimple ? variable.value : expand(Array(variable.value.utf8)[...], locals, depth)
  }

  /// `NAME:A=B`. A colon without a `=` behind it is a part of the name.
  private static func substitution(_ text: String) -> (name: String, pattern: String, replacement: String)? {
    guard let colon = text.firstIndex(of: ":"),
      let equals = text[colon...].firstIndex(of: "=")
    else { return nil }
    let pattern = text[text.index(after: colon)..<equals]
    let head = pattern.contains("%") ? "" : "%"
    return (String(text[..<colon]), head + pattern, head + text[text.index(after: equals)...])
  }

  private func automatic(_ name: String) -> String? {
    switch name {
    case "@": target
    case "*": stem
    case "<": prerequisites.first ?? ""
    case "^", "+": prerequisites.joined(separator: " ")
    case "@D": Self.folder(target)
    case "@F": Self.name(target)
    case "*D": Self.folder(stem)
    case "*F": Self.name(stem)
    case "<D": Self.folder(prerequisites.first ?? "")
    case "<F": Self.name(prerequisites.first ?? "")
    default: nil
    }
  }

  private static func folder(_ path: String) -> String {
    path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
  }
  private static func name(_ path: String) -> String {
    path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
  }

  private func function(
    _ name: String, _ text: ArraySlice<UInt8>, _ locals: SortedMap<String, String>, _ depth: Int
  ) -> String? {
    let arguments = Self.arguments(text, limit: NameFunctions.argumentLimit(name))
    if name == "if", arguments.count >= 2 {
      guard let condition = expand(arguments[0], locals, depth) else { return nil }
      let isTrue = condition.contains { !$0.isWhitespace }
      return isTrue
        ? expand(arguments[1], locals, depth)
        : arguments.dropFirst(2).first.map { expand($0, locals, depth) } ?? ""
    }
    if name == "foreach" {
      guard arguments.count == 3, let variable = expand(arguments[0], locals, depth),
        let list = expand(arguments[1], locals, depth)
      else { return nil }
      var results: [String] = []
      for word in list.split(whereSeparator: \.isWhitespace) {
        var inner = locals
        inner[variable] = String(word)
        guard let value = expand(arguments[2], inner, depth), budget.spend(value.utf8.count) else { return nil }
        results.append(value)
      }
      return results.joined(separator: " ")
    }
    let values = arguments.compactMap { expand($0, locals, depth) }
    guard values.count == arguments.count, let list = values.last else { return nil }
    let words = list.split(whereSeparator: \.isWhitespace).map(String.init)
    let longest = 1 + values.dropLast().reduce(0) { $0 + $1.utf8.count }
    let isSearched = ["subst", "findstring"].contains(name)
    guard budget.spend(list.utf8.count * (isSearched ? longest : 1) + words.count * longest) else { return nil }
    return NameFunctions.call(name, values, words)
  }

  private static func arguments(_ text: ArraySlice<UInt8>, limit: Int) -> [ArraySlice<UInt8>] {
    let bytes = Array(text)
    var result: [ArraySlice<UInt8>] = []
    var start = 0
    var next = 0
    while next < bytes.count {
      if bytes[next] == Byte.dollar {
        next = MakeText.skipReference(bytes, next, bytes.count)
      } else if bytes[next] == Byte.comma, result.count + 1 < limit {
        result.append(bytes[start..<next])
        next += 1
        start = next
      } else {
        next += 1
      }
    }
    return result + [bytes[start...]]
  }
}
