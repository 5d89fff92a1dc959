import Model

/// The variables that make's text refers to by name.
enum VariableReferences {
  /// What texts refer to, and what the variables of a database that they need refer to in turn.
  struct Found {
    /// Variables of the database.
    var names: SortedSet<String> = []
    /// These and all other names.
    var mentioned: SortedSet<String> = []
    /// Whether no name is put together only when make expands a text, so that it may be any.
    var isComplete = true
  }

  /// The variables of the database that the texts need; nil if these may be any.
  static func closure(
    of texts: [String], in database: Database, _ budget: AnalysisBudget? = nil
  ) -> SortedSet<String>? {
    let found = found(in: texts, database, budget)
    return found.isComplete ? found.names : nil
  }

  static func found(in texts: [String], _ database: Database, _ budget: AnalysisBudget? = nil) -> Found {
    var found = Found()
    var waiting = texts
    while let text = waiting.popLast() {
      if let budget, !budget.spend(text.utf8.count) { break }
      guard text.contains("$") else { continue }
      let (names, isAll) = names(in: Array(text.utf8))
      if !isAll { found.isComplete = false }
      for name in names where !found.mentioned.contains(name) {
        found.mentioned.insert(name)
        guard let variable = database.variables[name], variable.origin != .automatic else { continue }
        found.names.insert(name)
        if !variable.isSimple { waiting.append(variable.value) }
      }
    }
    return found
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
