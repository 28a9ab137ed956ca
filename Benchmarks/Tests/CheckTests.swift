internal import Testing

@testable import benchmarks

@Suite("Ratios of the short form")
struct CheckTests {
  @Test("the best turn counts, so that one slow turn of either side changes nothing")
  func best() throws {
    var turn = 0
    let check = CheckedRatio(
      name: "a test", limit: 3,
      work: {
        turn += 1
        try wait(turn == 3 ? 60 : 10)
      }, measure: { try wait(turn == 2 ? 60 : 5) })
    let ratio = try check.measured(seconds: 0, turns: 4)
    #expect((1.2...2.6).contains(ratio))
  }

  @Test("a line tells what is above its limit")
  func line() {
    let check = CheckedRatio(name: "a step", limit: 1.5, work: {}, measure: {})
    #expect(check.line(1.25) == "1.25 of at most 1.50  fine  a step")
    #expect(check.line(1.75) == "1.75 of at most 1.50  TOO MUCH  a step")
  }

  private func wait(_ milliseconds: Int) throws {
    let end = ContinuousClock.now + .milliseconds(milliseconds)
    while ContinuousClock.now < end {}
  }
}
