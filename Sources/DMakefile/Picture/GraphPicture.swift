import Model

/// A policy's graph as a picture for people: files as boxes in the folders of their nodes and processes, what rules
/// read as arrows. What is the same for every node is drawn once, with `%`.
///
/// It is a value; ``dot`` is its text for Graphviz. Who runs a rule shows in lines and words, never by colour alone.
public struct GraphPicture: Equatable, Sendable {
  enum Kind: String, Comparable {
    case state, event, file, result, rule, program, template

    static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
  }

  /// Who runs a rule.
  enum Runner: Hashable, Comparable {
    case leader, local
    case group(String)
  }

  /// A file, with the tags that rules make.
  struct Box: Equatable {
    let path: String
    var kind: Kind
    /// By tag; "" for the file as a whole.
    var writers = SortedMap<String, [Writer]>()
  }

  /// A rule as the box of what it makes tells it.
  struct Writer: Hashable, Comparable {
    let place: SourcePlace?
    let runner: Runner

    static func < (left: Self, right: Self) -> Bool {
      (left.place?.file ?? "", left.place?.line ?? 0, left.runner)
        < (right.place?.file ?? "", right.place?.line ?? 0, right.runner)
    }
  }

  /// What one box's rules read of another.
  struct Arrow: Equatable {
    enum Style: Int, Comparable {
      case reads, readsAll, orderOnly, sets, uses

      static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    let from: String
    let to: String
    let style: Style
    /// What is read (or set), and the tags that are made of it.
    var tags: SortedSet<String> = []
    var targets: SortedSet<String> = []
  }

  private(set) var boxes = SortedMap<String, Box>()
  private(set) var arrows = SortedMap<String, Arrow>()
  private let names: GenericNames
  private let programs: [Bundle.File]

  /// - Parameter members: for whom the goals are, which the picture draws as one.
  public init(goals: [Goal], members: [NodeName], bundle: Bundle, translation: Translation) {
    names = GenericNames(goals: goals, members: members)
    programs = bundle.files.filter { translation[$0.path.text] == nil && !$0.path.text.hasPrefix("DMakefile") }
    for goal in goals { add(goal) }
  }

  public static func == (left: Self, right: Self) -> Bool {
    left.boxes == right.boxes && left.arrows == right.arrows
  }

  private mutating func add(_ goal: Goal) {
    let runner: Runner = goal.isLocal ? .local : goal.leader.map { .group($0) } ?? .leader
    let writer = Writer(place: goal.place, runner: runner)
    let targets = ([goal.target] + goal.alsoMakes).map(names.target)
    let own = SortedSet(goal.assigned.map { names.target(HiddenSpace.output(of: $0)) }.map(\.path))
    // A rule that only sets values elsewhere makes no file of its name.
    let isNoFile = goal.isPhony || (goal.assignsOnly && !own.contains(targets[0].path))
    for target in targets {
      note(writer, of: target, isNoFile && target.tag == nil ? .rule : Self.kind(target.path))
    }
    let target = targets[0]
    for need in names.needs(goal.prerequisites + goal.recipeReads, of: goal) {
      arrow(need.name, target, need.isOfAll ? .readsAll : .reads)
    }
    for need in names.needs(goal.orderOnly, of: goal) { arrow(need.name, target, .orderOnly) }
    for assigned in goal.assigned {
      let name = names.needs([HiddenSpace.output(of: assigned)], of: goal).first?.name
      guard let name, name.path != target.path else { continue }
      note(writer, of: name, Self.kind(name.path))
      let key = "\(target.path)\n\(name.path)\n\(Arrow.Style.sets.rawValue)"
      arrows[key, default: Arrow(from: target.path, to: name.path, style: .sets)].tags.insert(name.tag ?? "")
    }
    for program in programs where Self.names(program, in: goal.recipe ?? "") {
      use(program, for: target)
    }
  }

  private mutating func note(_ writer: Writer, of name: GenericNames.Name, _ kind: Kind) {
    var box = boxes[name.path] ?? Box(path: name.path, kind: kind)
    box.writers[name.tag ?? ""] = SortedSet((box.writers[name.tag ?? ""] ?? []) + [writer]).elements
    boxes[name.path] = box
  }

  private mutating func arrow(_ from: GenericNames.Name, _ to: GenericNames.Name, _ style: Arrow.Style) {
    if from.path == to.path, from.tag == to.tag { return }
    if boxes[from.path] == nil { boxes[from.path] = Box(path: from.path, kind: Self.kind(from.path)) }
    let key = "\(from.path)\n\(to.path)\n\(style.rawValue)"
    var arrow = arrows[key] ?? Arrow(from: from.path, to: to.path, style: style)
    arrow.tags.insert(from.tag ?? "")
    arrow.targets.insert(to.tag ?? "")
    arrows[key] = arrow
  }

  private mutating func use(_ file: Bundle.File, for target: GenericNames.Name) {
    // A name that no file of the tree has.
    let path = "$(DMAKE_BUNDLE)/\(file.path)"
    boxes[path] = Box(path: path, kind: file.isExecutable ? .program : .template)
    let key = "\(path)\n\(target.path)\n\(Arrow.Style.uses.rawValue)"
    arrows[key] = Arrow(from: path, to: target.path, style: .uses)
  }

  /// Whether a recipe names a file of the bundle: behind the bundle's folder, or a program where a command stands.
  private static func names(_ file: Bundle.File, in recipe: String) -> Bool {
    let name = file.path.text
    var rest = recipe[...]
    while let found = rest.firstRange(of: name) {
      let before = recipe[..<found.lowerBound]
      rest = recipe[found.upperBound...]
      if let after = rest.first, !" \t\n;|&)\"'`<>".contains(after) { continue }
      if before.hasSuffix("DMAKE_BUNDLE)/") || before.hasSuffix("DMAKE_BUNDLE}/") { return true }
      let command = before.reversed().first { $0 != " " }
      if file.isExecutable, command.map({ "\t\n;|&(@-+`".contains($0) }) ?? true { return true }
    }
    return false
  }

  private static func kind(_ path: String) -> Kind {
    let components = path.split(separator: "/")
    guard let file = components.last, components.count == 2 || components.count == 3 else { return .result }
    let events = [TreePath.newNodeFile, TreePath.failNodeFile, TreePath.stopProcFile]
    if events.contains(String(file)) { return .event }
    guard components.count == 3 else { return .result }
    return file == TreePath.stateFile ? .state : .file
  }
}
