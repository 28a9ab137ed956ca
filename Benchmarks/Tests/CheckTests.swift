internal import Testing

@testable import benchmarks

@Suite("Ratios of the short form")
struct CheckTests {
  @Test("the best turn counts, so that slow turns of either side change nothing")
  func best() throws {
    // In units of a second: the clock stands still but for what a turn is said to take.
    var now = 0.0
    var works = [30, 10, 90, 20].map(Double.init).makeIterator()
    var measures = [5, 80, 4, 70].map(Double.init).makeIterator()
    let check = CheckedRatio(
      name: "a test", limit: 3, work: { now += works.next() ?? 0 },
      measure: { now += measures.next() ?? 0 })
    // The first call of each does not count.
    let ratio = try check.measured(seconds: 0, turns: 3) { body in
      let start = now
      try body()
      return now - start
    }
    #expect(ratio == 2.5)
  }

  @Test("turns are taken for as long as is asked for")
  func turns() throws {
    var count = 0
    let check = CheckedRatio(name: "a test", limit: 3, work: { count += 1 }, measure: {})
    _ = try check.measured(seconds: 7, turns: 1) { body in
      try body()
      return 1
    }
    #expect(count == 1 + 4)
  }

  @Test("a line tells what is above its limit")
  func line() {
    let check = CheckedRatio(name: "a step", limit: 1.5, work: {}, measure: {})
    #expect(check.line(1.25) == "1.25 of at most 1.50  fine  a step")
    #expect(check.line(1.75) == "1.75 of at most 1.50  TOO MUCH  a step")
  }
}
