import Glibc

// Measures rounds of the make wrapper over a generated policy and prints lines `NAME MICROSECONDS`, or KiB of memory.
//
//     Rounds pattern|sums NODES RULES TIMES FOLDER
//     Rounds text pattern|plain|sums NODES RULES      the policy alone

/// The middle one of the durations, in microseconds.
func median(_ durations: [Duration]) -> Int64 {
  let sorted = durations.sorted()
  let (seconds, attoseconds) = sorted[sorted.count / 2].components
  return seconds * 1_000_000 + attoseconds / 1_000_000_000_000
}

/// What this process and those that it waited for have computed, in microseconds: told beside the time, for a machine
/// with other work on it.
func processorTime() -> Int64 {
  [RUSAGE_SELF, RUSAGE_CHILDREN].reduce(0) { sum, who in
    var usage = rusage()
    getrusage(__rusage_who_t(who.rawValue), &usage)
    let seconds = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec
    return sum + Int64(seconds) * 1_000_000 + Int64(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
  }
}

/// The most memory that this process has had, in KiB.
func peakKilobytes() -> Int {
  var usage = rusage()
  getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  return usage.ru_maxrss
}

func fail(_ message: String, _ code: Int32) -> Never {
  _ = "\(message)\n".withCString { write(STDERR_FILENO, $0, strlen($0)) }
  exit(code)
}

func report(_ name: String, _ value: some BinaryInteger) {
  print(name, value)
  fflush(nil)
}

/// Only the rounds are timed, not what prepares them.
func measure(
  _ name: String, times: Int, _ cluster: Cluster, changing files: Int, _ prepare: (Int) throws -> Void
) async throws {
  var durations: [Duration] = []
  var computed: [Int64] = []
  for number in 1...times {
    try prepare(number)
    let (start, before) = (ContinuousClock.now, processorTime())
    try await cluster.round()
    durations.append(ContinuousClock.now - start)
    computed.append(processorTime() - before)
    try cluster.expect(files, name)
  }
  report(name, median(durations))
  report("\(name)-computed", computed.sorted()[times / 2])
}

func run(_ policy: Policy, times: Int, folder: String) async throws {
  let cluster = try Cluster(policy, folder: folder)
  report("rules", policy.rules)
  report("memory-before", peakKilobytes())
  let aggregates = policy.shape == .sums ? policy.nodes + 1 : 0
  let (start, before) = (ContinuousClock.now, processorTime())
  try await cluster.install()
  report("install", median([ContinuousClock.now - start]))
  try await cluster.round()
  report("everything", median([ContinuousClock.now - start]))
  report("everything-computed", processorTime() - before)
  try cluster.expect(policy.rules + aggregates, "everything")
  report("memory-everything", peakKilobytes())
  let state = "\(policy.node(policy.nodes))/\(policy.process(1))/state.xml"
  try await cluster.round()
  try await measure("nothing", times: times, cluster, changing: 0) { _ in }
  try await measure("one", times: times, cluster, changing: 1) {
    try cluster.set(state, policy.state(load: 1000 + $0, comment: 0))
  }
  try await measure("same", times: times, cluster, changing: 0) {
    try cluster.set(state, policy.state(load: 1000 + times, comment: $0))
  }
  if policy.shape == .pattern {
    // A value that all read makes all of them run, and their results are the same.
    try await measure("shared", times: min(times, 3), cluster, changing: 0) {
      try cluster.set(Policy.sharedFile, .init("<plan><limit>\(1 + $0)</limit></plan>"))
    }
    try await measure("join", times: min(times, 3), cluster, changing: policy.processesPerNode) {
      try cluster.join("m\($0)")
    }
  } else {
    // The node's sum is another, and so is the cluster's greatest; all read that.
    try await measure("shared", times: min(times, 3), cluster, changing: 3) {
      try cluster.set(state, policy.state(load: 100_000_000 * $0, comment: 0))
    }
  }
  report("memory", peakKilobytes())
}

let arguments = CommandLine.arguments
if arguments.count == 5, arguments[1] == "text", let shape = Policy.Shape(rawValue: arguments[2]),
  let nodes = Int(arguments[3]), let rules = Int(arguments[4])
{
  print(Policy(shape, nodes: nodes, rules: rules).text, terminator: "")
  exit(0)
}
guard arguments.count == 6, let shape = Policy.Shape(rawValue: arguments[1]), let nodes = Int(arguments[2]),
  let rules = Int(arguments[3]), let times = Int(arguments[4]), nodes > 0, rules >= nodes, times > 0,
  shape != .plain
else {
  fail("usage: Rounds pattern|sums NODES RULES TIMES FOLDER", 64)
}
do {
  try await run(Policy(shape, nodes: nodes, rules: rules), times: times, folder: arguments[5])
} catch {
  fail("Rounds: \(error)", 1)
}
