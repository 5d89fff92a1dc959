/// A line that defines a variable, for all recipes, for a target's or for those of a pattern of targets.
public struct Definition: Sendable {
  public enum Scope: Hashable, Sendable {
    case global
    case target(Name)
    /// With a `%`.
    case pattern(String)
  }

  public enum Operation: String, Sendable {
    case late = "="
    case simple = ":="
    case more = "+="
  }

  public var scope: Scope
  public var name: String
  public var operation: Operation
  public var isPrivate = false
  /// Words, and references to variables whose values have none, in the form `$(NAME)`.
  public var value: String

  public var text: String {
    let definition = "\(isPrivate ? "private " : "")\(name) \(operation.rawValue) \(value)\n"
    return switch scope {
    case .global: definition
    case .target(let target): "\(target): \(definition)"
    case .pattern(let pattern): "\(pattern): \(definition)"
    }
  }
}

/// What variables are in the recipe of a target: its own, those of patterns, from the shortest to the longest, those of
/// the target that needs it, and the global ones (GNU make manual, 6.11 and 6.12). Of several targets that need it, the
/// first by name with something to hand on counts (dmakefile(5), Variables).
struct VariableScopes {
  /// A variable of one set.
  private struct Entry {
    var text: String
    var isAdded: Bool
    let isPrivate: Bool
  }

  private let definitions: [Definition]
  private let patterns: [Definition]
  private var parents: [Name: Name] = [:]

  init(_ definitions: [Definition], _ instances: [Instance]) {
    self.definitions = definitions
    patterns = definitions.filter { $0.patternLength != nil }.enumerated()
      .sorted { ($0.element.patternLength ?? 0, $0.offset) < ($1.element.patternLength ?? 0, $1.offset) }
      .map(\.element)
    let made = Set(instances.flatMap(\.targets))
    // What needs a target comes behind it.
    for instance in instances.reversed() {
      for target in instance.targets where parents[target] != nil || handsOn(target) {
        for need in instance.normal + instance.orderOnly where need.tag == nil && made.contains(need) {
          if parents[need].map({ target.description < $0.description }) ?? true { parents[need] = target }
        }
      }
    }
  }

  private func handsOn(_ target: Name) -> Bool {
    (own(target) + matching(target)).contains { !$0.isPrivate }
  }

  private func own(_ target: Name) -> [Definition] { definitions.filter { $0.scope == .target(target) } }

  private func matching(_ target: Name) -> [Definition] {
    patterns.filter { definition in
      guard case .pattern(let pattern) = definition.scope else { return false }
      return pattern == "%" || Name(pattern).stem(of: target) != nil
    }
  }

  /// The variable in a recipe.
  func value(_ name: String, in target: Name) -> String {
    let text = lookUp(name, target) ?? ""
    var result = ""
    var rest = text[...]
    while let dollar = rest.firstIndex(of: "$"), let end = rest[dollar...].firstIndex(of: ")") {
      let inner = rest[dollar..<end].dropFirst(2)
      result += rest[..<dollar] + (lookUp(String(inner), target) ?? "")
      rest = rest[rest.index(after: end)...]
    }
    return result + rest
  }

  private func lookUp(_ name: String, _ target: Name) -> String? {
    var added: [String] = []
    var next: Name? = target
    while let scope = next {
      for entry in [own(scope), matching(scope)].compactMap({ Self.entry(name, $0) }) {
        if entry.isPrivate && scope != target { continue }
        added.append(entry.text)
        if !entry.isAdded { return added.reversed().joined(separator: " ") }
      }
      next = parents[scope]
    }
    if let entry = Self.entry(name, definitions.filter { $0.scope == .global }) {
      added.append(entry.text)
    }
    return added.isEmpty ? nil : added.reversed().joined(separator: " ")
  }

  private static func entry(_ name: String, _ definitions: [Definition]) -> Entry? {
    var entry: Entry?
    for definition in definitions where definition.name == name {
      if definition.operation == .more, let before = entry {
        entry?.text = before.text + " " + definition.value
      } else {
        entry = Entry(
          text: definition.value, isAdded: definition.operation == .more, isPrivate: definition.isPrivate)
      }
    }
    return entry
  }
}

extension Definition {
  fileprivate var patternLength: Int? {
    if case .pattern(let pattern) = scope { pattern.count } else { nil }
  }
}
