import Model
import Testing

@Suite("Times")
struct TimeTests {
  /// From `date -u -d @SECONDS`.
  @Test(
    "the time of day is written as RFC 3339 says",
    arguments: [
      (0, "1970-01-01T00:00:00.000Z"),
      (951_782_400_000, "2000-02-29T00:00:00.000Z"),
      (951_868_799_999, "2000-02-29T23:59:59.999Z"),
      (951_868_800_000, "2000-03-01T00:00:00.000Z"),
      (1_401_624_000_000, "2014-06-01T12:00:00.000Z"),
      (1_709_164_800_001, "2024-02-29T00:00:00.001Z"),
      (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
      (4_107_456_000_000, "2100-02-28T00:00:00.000Z"),
      (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
      (-1, "1969-12-31T23:59:59.999Z"),
      (-62_135_596_800_000, "0001-01-01T00:00:00.000Z"),
    ] as [(Int64, String)])
  func wallTime(milliseconds: Int64, text: String) {
    #expect(WallTime(milliseconds: milliseconds).description == text)
  }

  @Test("every day of 400 years follows the day before it")
  func calendar() {
    var expected = (year: 1970, month: 1, day: 1)
    for day in 0..<146_097 {
      let text = WallTime(milliseconds: Int64(day) * 86_400_000).description
      #expect(
        text.prefix(10).split(separator: "-").compactMap { Int($0) } == [
          expected.year, expected.month, expected.day,
        ])
      let isLeap = expected.year % 4 == 0 && (expected.year % 100 != 0 || expected.year % 400 == 0)
      let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
      expected.day += 1
      if expected.day > lengths[expected.month - 1] { (expected.day, expected.month) = (1, expected.month + 1) }
      if expected.month > 12 { (expected.month, expected.year) = (1, expected.year + 1) }
    }
    #expect(expected == (2370, 1, 1))
  }

  @Test("a stamp's epoch counts before its index")
  func stamps() {
    #expect(Stamp(epoch: 1, index: 900) < Stamp(epoch: 2, index: 1))
    #expect(Stamp(epoch: 2, index: 1) < Stamp(epoch: 2, index: 2))
    #expect(Stamp.zero < Stamp(epoch: 0, index: 1))
  }

  @Test("instants differ by durations, in whole milliseconds rounded down")
  func instants() {
    let later = Instant.zero + .microseconds(1_999)
    #expect((later - .zero) == .microseconds(1_999) && later.description == "1ms" && later > .zero)
  }
}
