import Model

/// A segment's records, from its beginning to its end or to the first thing that is not the record expected there.
struct SegmentScan {
  private(set) var records: [LogRecord] = []
  /// Where the last good record ends.
  private(set) var end = LogFormat.segmentHeaderLengthBytes
  /// The position after the last good record's.
  private(set) var next: LogIndex
  /// What stands at ``end`` where the file does not end there.
  private(set) var problem: String?
  /// The greatest position that any whole record of the file, those behind the problem included, says to have been
  /// on disk.
  private(set) var provenThrough: LogIndex = 0

  init(_ bytes: [UInt8], header: SegmentHeader) {
    next = header.first
    while end < bytes.count, problem == nil {
      do {
        let (record, recordEnd) = try LogRecord.parse(bytes, at: end, identity: header.identity)
        provenThrough = max(provenThrough, record.synchronizedThrough)
        guard record.first == next else {
          problem = "the record has position \(record.first) where \(next) is expected"
          break
        }
        records.append(record)
        next = record.next
        end = recordEnd
      } catch {
        problem = "\(error)"
      }
    }
    if problem != nil { searchProof(bytes, identity: header.identity) }
  }

  /// Looks for whole records behind the problem, at any offset, as the damage may have hit a length.
  private mutating func searchProof(_ bytes: [UInt8], identity: UInt64) {
    var offset = end + 1
    while offset + LogFormat.recordHeaderLengthBytes <= bytes.count {
      if bytes[offset] == LogFormat.recordMagic[0],
        let (record, recordEnd) = try? LogRecord.parse(bytes, at: offset, identity: identity)
      {
        provenThrough = max(provenThrough, record.synchronizedThrough)
        offset = recordEnd
      } else {
        offset += 1
      }
    }
  }
}
