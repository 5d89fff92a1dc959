import Model

/// The variables that recipes find at targets beside the global ones, with all that was added to them on the way from
/// target to target.
struct VariableScope: Equatable, Sendable {
  private struct Entry: Equatable {
    /// Unexpanded, for `=`.
    var text: String
    var isOverride = false
    var isExport = false
  }

  private var entries = SortedMap<String, Entry>()

  var names: [String] { entries.keys }
  var isEmpty: Bool { entries.isEmpty }
  var texts: [String] { entries.values.map(\.text) }

  /// Whether a recipe has the variable in its environment because a target or a pattern exports it.
  func isExported(_ name: String) -> Bool { entries[name]?.isExport ?? false }
  /// The value, as make is to expand it.
  func text(of name: String) -> String { entries[name]?.text ?? "" }

  /// Takes in what a target or its patterns define.
  ///
  /// - Parameter isHandedOn: whether that is for what the target needs: a variable whose last definition is private
  ///   is not.
  mutating func add(_ variables: [TargetVariable], of target: String, isHandedOn: Bool, in graph: Graph) {
    var inner: SortedSet<String> = []
    for variable in variables {
      let name = variable.name
      if isHandedOn, variables.last(where: { $0.name == name })?.isPrivate == true { continue }
      let global = graph.globalVariable(name)
      var entry = entries[name] ?? Entry(text: global.map(Self.text) ?? "")
      entry.isOverride = entry.isOverride || variable.isOverride
      entry.isExport = entry.isExport || graph.isExported(variable, for: target)
      switch variable.operation {
      case "?=" where inner.contains(name) || global != nil: break
      case "+=": entry.text += (entry.text.isEmpty ? "" : " ") + variable.value
      case ":=": entry.text = MakeText.literal(variable.value)
      case "!=": entry.text = "$(shell \(variable.value))"
      default: entry.text = variable.value
      }
      entries[name] = entry
      inner.insert(name)
    }
  }

  private static func text(of variable: DatabaseVariable) -> String {
    variable.isSimple ? MakeText.literal(variable.value) : variable.value
  }

  /// The definition as it stands behind a target's colon.
  func definition(of name: String) -> String {
    guard let entry = entries[name] else { return "" }
    let words = [
      "private", entry.isOverride ? "override" : nil, entry.isExport ? "export" : nil, name, "=",
      MakeText.line(entry.text),
    ]
    return words.compactMap { $0 }.joined(separator: " ")
  }
}

extension Graph {
  /// What a target or a pattern adds to, or leaves as it is.
  func globalVariable(_ name: String) -> DatabaseVariable? {
    database.variables[name].flatMap { $0.origin == .automatic ? nil : $0 }
  }
}
