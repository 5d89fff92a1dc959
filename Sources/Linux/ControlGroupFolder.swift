import CLinux
import Glibc

/// Where an agent makes the control groups of its processes: a folder of its own, in the part of the machine's
/// hierarchy of version 2 that is the agent's to use.
///
///     …/dmake-agent        the agent and its keeper, where controllers are given on: a group that gives any to the
///                          groups below it must have no process of its own
///     …/NAME/PROC          a process and all that comes of it
///     …/NAME/-look-N       a command that looks at a process, and all that comes of it
public struct ControlGroupFolder: Equatable, Sendable {
  /// Who says where.
  public enum Choice: Hashable, Sendable {
    /// The agent's own group, where it may divide it.
    case automatic
    case off
    /// A folder of the hierarchy; without it the agent does not start.
    case folder(String)
  }

  static let leaf = "dmake-agent"
  /// Groups of what is no process, but looks at one, have names that no process has.
  public static let commandPrefix = "-"
  private static let delegated = ["user.delegate", "trusted.delegate"]

  /// The group that the agent may divide.
  public let parent: String
  /// The folder of its processes.
  public let path: String
  /// What can be limited here, as `memory`.
  public let controllers: [String]

  /// Finds the place; an error says why there is none. The folder itself comes with the first group in it.
  public init(_ choice: Choice, name: String) throws(SystemError) {
    switch choice {
    case .off: throw SystemError(ENOTSUP, "use", "control groups", detail: "they are switched off")
    case .folder(let path): parent = path
    case .automatic:
      parent = try Self.own(
        mounts: ControlGroup.lines(of: "/proc/self/mountinfo"),
        place: ControlGroup.place(in: ControlGroup.lines(of: "/proc/self/cgroup")))
    }
    path = "\(parent)/\(name)"
    guard access("\(parent)/cgroup.procs", F_OK) == 0 else {
      throw SystemError(
        EINVAL, "use the control group", parent,
        detail: "it is no folder of a hierarchy of version 2 (cgroups(7))")
    }
    // Nothing else tells surely whether this is allowed.
    if mkdir(path, 0o755) == 0 {
      rmdir(path)
    } else if errno != EEXIST {
      throw .last("make the control group", path)
    }
    controllers = ControlGroup.lines(of: "\(parent)/cgroup.controllers").flatMap { $0.split(separator: " ") }
      .map(String.init)
    if choice == .automatic { moveAside() }
  }

  /// The group of a process. The kernel's own files there have names with a dot.
  public func path(of process: String) -> String {
    let isTaken = process.contains(".") || process.hasPrefix("_")
    return "\(path)/\(isTaken ? "_" : "")\(process)"
  }

  /// Sees to it that groups of processes have this controller.
  public func enable(_ controller: String) throws(SystemError) {
    guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw .last("make the control group", path) }
    for folder in [parent, path] {
      let file = "\(folder)/cgroup.subtree_control"
      let enabled = ControlGroup.lines(of: file).flatMap { $0.split(separator: " ") }
      if enabled.contains(Substring(controller)) { continue }
      let descriptor = open(folder, openPathOnly | O_DIRECTORY | O_CLOEXEC)
      defer { close(descriptor) }
      do throws(SystemError) {
        try ControlGroup.write("+\(controller)", to: "cgroup.subtree_control", in: descriptor, folder)
      } catch {
        guard error.code == EBUSY else { throw error }
        throw SystemError(
          EBUSY, error.operation, error.path,
          detail:
            "there are processes in `\(folder)` itself, which the kernel forbids for a group that is divided")
      }
    }
  }

  /// Into a group beside those of the processes, so that the parent can give controllers on. At the top of the
  /// machine's hierarchy there is no need to, and no right. A process that is elsewhere already stays there.
  private func moveAside() {
    guard !controllers.isEmpty, access("\(parent)/cgroup.type", F_OK) == 0,
      ControlGroup.lines(of: "\(parent)/cgroup.procs").contains("\(getpid())")
    else { return }
    _ = try? ControlGroup(making: "\(parent)/\(Self.leaf)").write("0", to: "cgroup.procs")
  }

  /// The group that this process may divide: its own, or the one above it, where a service manager or an earlier agent
  /// has set it aside.
  ///
  /// - Parameters:
  ///   - mounts: the lines of /proc/PID/mountinfo (proc(5)).
  ///   - place: this process's own in the hierarchy.
  static func own(mounts: [Substring], place: String?) throws(SystemError) -> String {
    guard let (root, point) = mount(in: mounts), let place else {
      throw SystemError(ENOENT, "find", "control groups", detail: "no hierarchy of version 2 is mounted")
    }
    guard !place.hasSuffix(" (deleted)"), let below = path(place, below: root) else {
      throw SystemError(
        ENOENT, "find", "control groups",
        detail: "the agent's own, `\(place)`, is not below what is mounted at `\(point)`")
    }
    let own = below == "/" ? point : point + below
    let above = String(own[..<(own.lastIndex(of: "/") ?? own.startIndex)])
    if own.hasSuffix("/\(leaf)") || below != "/" && !isDelegated(own) && isDelegated(above) { return above }
    // Elsewhere a service manager must not be disturbed (its rule of a single writer): only root could.
    if getuid() == 0, !isDelegated(own), access("/run/systemd/system", F_OK) == 0 {
      throw SystemError(
        EPERM, "use the control group", own,
        detail: "it is systemd's to divide; have the agent's service say `Delegate=yes`")
    }
    return own
  }

  /// Where version 2 is mounted: what of the hierarchy, and at which path.
  static func mount(in lines: [Substring]) -> (root: String, point: String)? {
    for line in lines {
      let words = line.split(separator: " ")
      guard let dash = words.firstIndex(of: "-"), words.count > dash + 1, words[dash + 1] == "cgroup2", dash > 5
      else { continue }
      return (unescaped(words[3]), unescaped(words[4]))
    }
    return nil
  }

  /// Blanks and the like are octal numbers there.
  private static func unescaped(_ text: Substring) -> String {
    [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")].reduce(String(text)) { text, escape in
      text.split(separator: escape.0, omittingEmptySubsequences: false).joined(separator: escape.1)
    }
  }

  /// A place as it is seen below what is mounted; nil if it is not below it.
  static func path(_ place: String, below root: String) -> String? {
    if root == "/" { return place }
    if place == root { return "/" }
    return place.hasPrefix(root + "/") ? String(place.dropFirst(root.count)) : nil
  }

  /// systemd marks what a service may divide (systemd's cgroup delegation).
  private static func isDelegated(_ path: String) -> Bool {
    delegated.contains { name in
      var value: UInt8 = 0
      return dmake_attribute(path, name, &value, 1) == 1 && value == UInt8(ascii: "1")
    }
  }
}
