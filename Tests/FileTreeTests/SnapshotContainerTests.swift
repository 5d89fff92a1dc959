import FileTree
import Testing

@Suite("Snapshots are whole or refused")
struct SnapshotContainerTests {
  let payload = Array("a small tree, a small tree, a small tree".utf8)

  private func refusal(_ bytes: [UInt8], limitBytes: Int = 1 << 20) -> SnapshotError? {
    #expect(throws: SnapshotError.self) { try SnapshotContainer.decode(bytes, payloadLimitBytes: limitBytes) }
  }

  /// A snapshot whose header was changed and whose check sum was made to fit.
  private func forged(_ payload: [UInt8], _ change: (inout [UInt8]) -> Void) throws -> [UInt8] {
    var bytes = try SnapshotContainer.encode(payload)
    change(&bytes)
    let sum = CRC32.of(bytes[..<64])
    for index in 0..<4 { bytes[64 + index] = UInt8(truncatingIfNeeded: sum >> (24 - 8 * UInt32(index))) }
    return bytes
  }

  @Test("What goes in comes out, of any size", arguments: [0, 1, 63, 64, 65_535, 262_144, 262_145, 3_000_000])
  func roundTrip(count: Int) throws {
    var random = SeededGenerator(seed: UInt64(count))
    for bytes in [
      (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }, [UInt8](repeating: 7, count: count),
    ] {
      let snapshot = try SnapshotContainer.encode(bytes)
      #expect(try SnapshotContainer.decode(snapshot) == bytes)
      #expect(try SnapshotContainer.encode(bytes) == snapshot)
    }
  }

  @Test("Repetition is compressed") func compression() throws {
    #expect(try SnapshotContainer.encode([UInt8](repeating: 7, count: 1 << 20)).count < 4096)
  }

  @Test("Every flipped bit is found") func bitFlips() throws {
    let snapshot = try SnapshotContainer.encode(payload)
    for index in snapshot.indices {
      for bit in 0..<8 {
        var damaged = snapshot
        damaged[index] ^= 1 << UInt8(bit)
        let error = refusal(damaged)
        switch index {
        case 0..<8: #expect(error == .notASnapshot)
        case 8..<68: #expect(error == .damagedHeader)
        default: #expect(error == .damagedPayload, "byte \(index), bit \(bit)")
        }
      }
    }
  }

  @Test("Every truncation is found, and so are bytes that follow") func truncation() throws {
    let snapshot = try SnapshotContainer.encode(payload)
    for count in snapshot.indices {
      let error = refusal(Array(snapshot.prefix(count)))
      switch count {
      case 0..<8: #expect(error == .notASnapshot)
      case 8..<68: #expect(error == .truncated(expectedBytes: 68, foundBytes: count))
      default: #expect(error == .truncated(expectedBytes: snapshot.count, foundBytes: count))
      }
    }
    #expect(refusal(snapshot + [0]) == .trailing(expectedBytes: snapshot.count, foundBytes: snapshot.count + 1))
  }

  @Test("A newer version is named, not called damage") func newerVersion() throws {
    let error = refusal(try forged(payload) { $0[11] = 2 })
    #expect(error == .newerVersion(found: 2, supported: 1))
    #expect(
      error?.description
        == "the snapshot has format version 2, and this program reads versions up to 1; update dmake on this machine"
    )
  }

  @Test("A length over the limit is refused before anything is expanded") func lengthLimit() throws {
    let snapshot = try SnapshotContainer.encode([UInt8](repeating: 0, count: 1000))
    #expect(refusal(snapshot, limitBytes: 999) == .tooLarge(payloadBytes: 1000, limitBytes: 999))
    #expect(try SnapshotContainer.decode(snapshot, payloadLimitBytes: 1000).count == 1000)
    guard case .tooLarge = refusal(try forged(payload) { for index in 12..<28 { $0[index] = 0xff } }) else {
      Issue.record("expected lengths near 2^64 to be refused as too large")
      return
    }
  }

  @Test("A stream that expands beyond its stated length is stopped there") func bomb() throws {
    let zeros = [UInt8](repeating: 0, count: 100 << 20)
    let forged = try forged(zeros) { for index in 12..<20 { $0[index] = index == 19 ? 10 : 0 } }
    #expect(refusal(forged) == .damagedPayload)
  }

  @Test(
    "Each refusal says what to do",
    arguments: [
      SnapshotError.notASnapshot, .truncated(expectedBytes: 2, foundBytes: 1), .damagedHeader, .damagedPayload,
      .tooLarge(payloadBytes: 2, limitBytes: 1), .trailing(expectedBytes: 1, foundBytes: 2),
    ])
  func remedies(error: SnapshotError) {
    #expect(
      error.description.hasSuffix(
        "; use another snapshot, or remove it and let the log or the agents rebuild the tree"))
  }

  @Test("The check sum is the well-known CRC-32, also in pieces") func checkSum() {
    // The check value of the catalogue of parametrised CRC algorithms, CRC-32/ISO-HDLC.
    #expect(CRC32.of(Array("123456789".utf8)) == 0xcbf4_3926)
    #expect(CRC32.of([]) == 0)
    #expect(CRC32.of(Array("6789".utf8), continuing: CRC32.of(Array("12345".utf8))) == 0xcbf4_3926)
    #expect(CRC32.of(Array("x123456789".utf8)[1...]) == 0xcbf4_3926)
  }
}
