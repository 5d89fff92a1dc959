import Model

/// The variables that make's text refers to by name.
enum VariableReferences {
  /// The variables of the database that the texts need, with those that these need in turn; nil if a name is put
  /// together only when make expands the text, so that it may be any.
  static func closure(
    of texts: [String], in database: Database, _ budget: AnalysisBudget? = nil
  ) -> SortedSet<String>? {
    let (names, isComplete) = found(in: texts, database, budget)
    return isComplete ? names : nil
  }

  /// As ``closure(of:in:_:)``, with the names that can be told, and whether these are all.
  static func found(
    in texts: [String], _ database: Database, _ budget: AnalysisBudget? = nil
  ) -> (names: SortedSet<String>, isComplete: Bool) {
    var found: SortedSet<String> = []
    var isComplete = true
    var waiting = texts
    while let text = waiting.popLast() {
      if let budget, !budget.spend(text.utf8.count) { break }
      guard text.contains("$") else { continue }
      let (names, isAll) = names(in: Array(text.utf8))
      if !isAll { isComplete = false }
      for name in names where !found.contains(name) {
        guard let variable = database.variables[name], variable.origin != .automatic else { continue }
        found.insert(name)
        if !variable.isSimple { waiting.append(variable.value) }
      }
    }
    return (found, isComplete)
  }

  /// The names, and whether none is computed.
  private static func names(in bytes: [UInt8]) -> (names: [String], isComplete: Bool) {
    var result: [String] = []
    var isComplete = true
    var index = 0
    while index + 1 < bytes.count {
      guard bytes[index] == Byte.dollar else {
        index += 1
        continue
      }
      let open = bytes[index + 1]
      if open == Byte.dollar {
        index += 2
        continue
      }
      guard open == Byte.openParenthesis || open == Byte.openBrace else {
        result.append([open].text)
        index += 2
        continue
      }
      // What stands inside is looked at as it comes: only the name is skipped.
      let name = bytes[(index + 2)...].prefix(while: isOfName)
      index += 2 + name.count
      guard index < bytes.count else { break }
      if bytes[index] == Byte.dollar {
        isComplete = false
        continue
      }
      if !Byte.isBlank(bytes[index]) {
        result.append(name.text)
        continue
      }
      switch name.text {
      case "eval": isComplete = false
      case "call", "value", "origin", "flavor":
        let argument = bytes[index...].drop(while: Byte.isBlank).prefix(while: isOfName)
        if argument.isEmpty { isComplete = false }
        result.append(argument.text)
      default: break
      }
    }
    return (result, isComplete)
  }

  private static func isOfName(_ byte: UInt8) -> Bool {
    !Byte.isSpace(byte) && !"$(){}:,=".utf8.contains(byte)
  }
}
