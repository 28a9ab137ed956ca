internal import Foundation
internal import Testing

@testable import benchmarks

@Suite("Figures of contests")
struct SpreadTests {
  @Test("a median stands between its quartiles")
  func quartiles() {
    let spread = Spread([4, 1, 3, 2, 5])
    #expect((spread.lower, spread.median, spread.upper) == (2, 3, 4))
    #expect(median([1, 2]) == 1.5)
  }

  @Test("a ratio is of turns: a machine that slows down for both sides changes nothing")
  func ratios() throws {
    let ours = standing("Inkwell", [[1, 1, 9], [10], [100]])
    let theirs = standing("diffusers", [[2, 2, 2], [30], [200]])
    let ratio = try #require(theirs.ratio(to: ours))
    #expect((ratio.lower, ratio.median, ratio.upper) == (2, 2, 3))
  }

  @Test("a side that was not run has no figures and no ratio")
  func absent() {
    let ours = standing("Inkwell", [[1]])
    let absent = Contest.Standing(
      name: "OpenVINO", samples: [], obstacle: "it is not installed", difference: nil)
    #expect(absent.spread == nil && absent.first == nil && absent.megabytes == nil)
    #expect(absent.ratio(to: ours) == nil)
  }

  @Test("the largest difference is beside the largest number of the reference")
  func differences() throws {
    let (a, b) = (try file([1, 2, -3.5]), try file([1, 2.5, -4]))
    #expect(try difference(a, b) == "1.2e-01")
    #expect(try difference(a, a) == "0.0e+00")
    #expect(try difference(try file([1, .nan, 3]), b) == "inf")
  }

  @Test("results of other sizes are not compared")
  func otherSizes() throws {
    let (a, b) = (try file([1, 2]), try file([1, 2, 3]))
    #expect { try difference(a, b) } throws: {
      "\($0)" == "expected 3 numbers, found 2"
    }
  }

  @Test("what needs more memory than there is has an obstacle, with both numbers")
  func memory() {
    #expect(memoryObstacle(needed: 23_000_000_000, of: 24_000_000_000) == nil)
    #expect(
      memoryObstacle(needed: 33_400_000_000, of: 24_000_000_000)
        == "it needs about 33 GB of memory, and there are 24")
  }

  private func standing(_ name: String, _ turns: [[Double]]) -> Contest.Standing {
    Contest.Standing(
      name: name, samples: turns.map { Sample(calls: $0) }, obstacle: nil, difference: nil)
  }

  private func file(_ numbers: [Float]) throws -> URL {
    let url = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).f32")
    try numbers.withUnsafeBytes { try Data($0).write(to: url) }
    return url
  }
}
