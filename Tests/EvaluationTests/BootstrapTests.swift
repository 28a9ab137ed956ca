import Evaluation
import Testing
import Torch

@Suite struct BootstrapTests {
  @Test("equal values have no spread, and the range of many is that of their mean's normal error")
  func intervals() throws {
    let one = try Estimate(
      bootstrapping: [3, 3, 3], resamples: 20, using: Generator(seed: 1))
    #expect(one.value == 3 && one.interval == Interval(lower: 3, upper: 3))
    let values = try checked {
      Generator(seed: 2).normal([400], dtype: .float64).values(as: Double.self)
    }
    let drawn = try Estimate(bootstrapping: values, resamples: 4000, using: Generator(seed: 3))
    let normal = Estimate(meanOf: values)
    let width = normal.interval.upper - normal.interval.lower
    #expect(abs(drawn.value - normal.value) < 1e-12)
    #expect(abs(drawn.interval.lower - normal.interval.lower) < 0.06 * width)
    #expect(abs(drawn.interval.upper - normal.interval.upper) < 0.06 * width)
    let again = try Estimate(bootstrapping: values, resamples: 4000, using: Generator(seed: 3))
    #expect(again == drawn)
  }
}
