import Foundation
import Testing

/// Opens connections that answer pings and ask nothing, and prints a line when the leader has hung up on all of them.
/// (RFC 9113: the preface, SETTINGS; a frame is a length of 3 bytes, its type, flags, a stream of 4 bytes, the rest.)
private let crowd = """
  import selectors, socket, sys
  ready = selectors.DefaultSelector()
  for number in range(int(sys.argv[2])):
    peer = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    peer.sendall(b"PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n\\0\\0\\0\\4\\0\\0\\0\\0\\0")
    ready.register(peer, selectors.EVENT_READ, bytearray())
  print("all are connected", flush=True)
  while ready.get_map():
    for key, _ in ready.select():
      try: part = key.fileobj.recv(65536)
      except ConnectionError: part = b""
      if not part:
        ready.unregister(key.fileobj)
        key.fileobj.close()
        continue
      frames = key.data
      frames += part
      while len(frames) >= 9:
        end = 9 + int.from_bytes(frames[:3], "big")
        if len(frames) < end: break
        if frames[3] == 6 and not frames[4] & 1:
          try: key.fileobj.sendall(b"\\0\\0\\x08\\6\\1\\0\\0\\0\\0" + frames[9:end])
          except ConnectionError: pass
        del frames[:end]
  print("all are let go", flush=True)
  """

@Suite("A leader with few descriptors", .serialized)
struct CrowdTests {
  /// A leader that may have 300 files open, on the cluster's socket and on TCP; answers with the port.
  private func startLeader(_ cluster: Cluster) async throws -> (leader: ChildProcess, port: String) {
    let leader = try cluster.scratch.start(
      [
        "--nofile=300:300", try Tool.path, "leader", "--listen", cluster.address, "--listen", "127.0.0.1:0",
        "--state-dir", cluster.scratch.path("leader"), "--tick", "200ms", "--lease", "5s",
      ], program: "/usr/bin/prlimit")
    try await wait(for: "a leader that listens") {
      if leader.status != nil { throw Failure("the leader ended") }
      return leader.errors.contains("the leader listens")
    }
    let port = leader.errors.firstMatch(of: #/127\.0\.0\.1:([0-9]+)/#)?.1
    return (leader, String(try #require(port)))
  }

  private func descriptors(of process: ChildProcess) -> Int {
    (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process.pid)/fd").count) ?? .max
  }

  @Test("goes on for its nodes and its operators while strangers take what they can get, and lets them go")
  func strangers() async throws {
    try await Cluster.run { cluster in
      let (leader, port) = try await startLeader(cluster)
      try cluster.startAgent("n1")
      let applied = try await cluster.apply(cluster.process("web", "/bin/sleep", "3600"))
      #expect(applied.status == 0, "\(applied)")
      let before = try await cluster.status(when: "the process runs") { $0.isRunning("n1", "web") }

      let strangers = try cluster.scratch.start(["-c", crowd, port, "330"], program: "/usr/bin/python3")
      try await wait(for: "the crowd") { strangers.output.contains("all are connected") }
      // Two leases of 25 ticks each, all of it in the log, and rounds of other policies.
      for number in 0..<2 {
        let text = cluster.process("web\(number)", "/bin/sleep", "3600")
        let outcome = try await cluster.apply(text)
        #expect(outcome.status == 0, "\(outcome)")
        #expect(descriptors(of: leader) <= 300 - 32)
      }
      let after = try await cluster.status(when: "two leases have passed") {
        $0.leader.index > before.leader.index + 50
      }
      #expect(after.node("n1")?.phase == "present" && after.node("n1")?.isConnected == true)
      #expect(after.leader.rounds > before.leader.rounds)
      try await wait(for: "all to be let go") { strangers.output.contains("all are let go") }
      #expect(!leader.errors.contains("a node is lost"))
    }
  }
}
