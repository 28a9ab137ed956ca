import TestSupport
import Testing
import Torch

@testable import Models

@Suite struct FeatureCacheTests {
  /// What a cache answers for features that are a function of the timestep, and at which
  /// evaluations it computed them.
  private func answers(
    _ schedule: FeatureCache.Schedule, at times: [Double], from cause: (Double) -> Double = { $0 },
    _ value: @escaping (Double) -> Double
  ) -> (values: [Double], computed: [Int]) {
    let cache = FeatureCache(schedule)
    var computed: [Int] = []
    let values = times.enumerated().map { index, time in
      let timestep = Tensor([time, time], shape: [2])
      return cache.features(at: timestep, from: Tensor([cause(time)], shape: [1])) {
        computed.append(index)
        return Tensor([value(time)], shape: [1])
      }.item()
    }
    return (values, computed)
  }

  private func times(_ count: Int) -> [Double] { (0..<count).map(Double.init) }

  @Test("features are kept between the evaluations that compute them")
  func kept() {
    let (values, computed) = answers(.init(.interval(3)), at: times(8)) { $0 * $0 }
    #expect(values == [0, 0, 0, 9, 9, 9, 36, 36])
    #expect(computed == [0, 3, 6])
    #expect(answers(.init(.interval(1)), at: times(4)) { $0 }.computed == [0, 1, 2, 3])
  }

  @Test(
    "a polynomial is foreseen exactly, once there are as many points as it needs",
    arguments: [1, 2, 3])
  func foreseen(order: Int) {
    func polynomial(_ x: Double) -> Double {
      (0...order).reduce(0) { $0 * x + Double($1 + 1) }
    }
    let interval = 3
    // Steps that grow: the polynomial is one of the timestep.
    let times = times(20).map { 0.1 * $0 * $0 + $0 }
    let schedule = FeatureCache.Schedule(.interval(interval), order: order)
    let (values, computed) = answers(schedule, at: times, polynomial)
    #expect(computed == [0, 3, 6, 9, 12, 15, 18])
    for now in (order * interval)..<20 {
      let expected = polynomial(times[now])
      #expect(abs(values[now] - expected) < 1e-9 * polynomial(times[19]), "\(now)")
    }
    // Before, it is the polynomial of the points that there are: at first the last value.
    #expect(values[1] == polynomial(0) && values[2] == polynomial(0))
  }

  @Test("a second evaluation at a timestep has what the first one computed")
  func twice() {
    // As Heun's method evaluates: at the end of a step and at the beginning of the next.
    let heun = [5.0, 4, 4, 3, 3, 2, 2, 1]
    for order in 0...2 {
      let (values, computed) = answers(.init(.interval(1), order: order), at: heun) { $0 * $0 }
      #expect(computed == [0, 1, 3, 5, 7])
      #expect(values == heun.map { $0 * $0 })
    }
    #expect(answers(.init(.interval(2)), at: heun) { $0 }.computed == [0, 3, 7])
    #expect(answers(.init(.interval(2)), at: heun) { $0 }.values == [5, 5, 5, 3, 3, 3, 3, 1])
    // A run that goes back computes again, and a timestep is one point of the polynomial.
    let back = answers(.init(.interval(1), order: 2), at: [3, 2, 3, 2, 1]) { $0 }
    #expect(back.computed == [0, 1, 2, 3, 4] && back.values == [3, 2, 3, 2, 1])
  }

  @Test("features are computed where what leads to them has changed enough since the last time")
  func change() {
    // From 10, a tenth is passed at 12; from 12 at 14, from 14 at 16; a fifth at 13, and at 16.
    let times = (10...16).map(Double.init)
    #expect(answers(.init(.change(0.1)), at: times) { $0 }.computed == [0, 2, 4, 6])
    #expect(answers(.init(.change(0.2)), at: times) { $0 }.computed == [0, 3, 6])
    #expect(answers(.init(.change(0.2)), at: times) { $0 }.values == [10, 10, 10, 13, 13, 13, 16])
    #expect(answers(.init(.change(10)), at: times) { $0 }.computed == [0])
    // There and back is no change.
    #expect(answers(.init(.change(0.2)), at: [10, 11, 9, 11, 9, 11]) { $0 }.computed == [0])
  }

  @Test("features are computed where they may have changed enough, as fast as they did before")
  func estimatedChange() {
    // They change twice as fast as what leads to them, which two evaluations tell. From 11 on 2 /
    // 22 a step is summed up until it is 0.2, at 14; from there on 2 / 28, until 17; then 2 / 34.
    let times = (10...20).map(Double.init)
    let twice: (Double) -> Double = { 2 * $0 }
    #expect(
      answers(.init(.estimatedChange(0.2)), at: times, twice).computed == [0, 1, 4, 7])
    // Steps count as they are, not from the last that was computed: there and back is a change.
    let back = [10.0, 11, 10.5, 11, 10.5, 11, 10.5]
    #expect(answers(.init(.estimatedChange(0.15)), at: back, twice).computed == [0, 1, 5])
    // What does not change is never computed again.
    #expect(answers(.init(.estimatedChange(0.01)), at: times) { _ in 3 }.computed == [0, 1])
    // Without a change of what leads to them no rate is known.
    let still = answers(.init(.estimatedChange(0.1)), at: times, from: { _ in 1 }) { $0 }
    #expect(still.computed == Array(times.indices))
  }
}
