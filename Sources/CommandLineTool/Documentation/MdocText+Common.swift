/// The sections that all pages share.
extension MdocText {
  mutating func environment() {
    macro("Sh ENVIRONMENT")
    list(
      "Ev",
      [
        ("DMAKE_LEADERS", "Where leaders listen, with commas or spaces between the addresses."),
        ("DMAKE_STATE_DIR", "The state folder of agents and leaders."),
        ("DMAKE_TOKEN", "The token that leaders ask for on loopback TCP."),
        ("NO_COLOR", "If it is not empty, no colours are used unless they are asked for."),
      ])
  }

  mutating func files() {
    macro("Sh FILES")
    list(
      "Pa",
      [
        ("/etc/dmake", "Policies and tokens."),
        ("/etc/dmake/allow", "What a leader may have started on this node, see dmake-allow(5)."),
        ("/run/dmake/leader.sock", "Where the leader of this machine listens."),
        ("/var/lib/dmake", "What the agent must remember, and its node's folders."),
        ("/var/lib/dmake/leader", "The leader's log, its snapshots and its copy of the tree."),
      ])
  }

  mutating func exitStatus() {
    macro("Sh EXIT STATUS")
    list("Er", ExitStatus.allCases.map { ("\($0.rawValue)", $0.meaning) })
  }
}

extension ExitStatus {
  /// A sentence for the manual.
  var meaning: String {
    switch self {
    case .done: "Done, or nothing to change."
    case .found: "Something was found: a finding, a rule that failed, changes under -q."
    case .usage: "The command line is wrong."
    case .badInput: "The policy, the request or another input is bad."
    case .unavailable:
      "No leader answers, or what a daemon needs is not there: a port is in use, a disk is full."
    case .notAllowed: "The system or the leader does not allow it."
    case .timeout: "The time is over."
    case .interrupted: "SIGINT or SIGTERM ended the command before it was done."
    }
  }
}
