import TestSupport
import Testing
import Torch

@testable import Models

@Suite struct FeatureCacheTests {
  /// What a cache answers for features that are a function of the evaluation, and which of them it
  /// computed.
  private func answers(
    _ schedule: FeatureCache.Schedule, _ evaluations: Int, _ value: @escaping (Double) -> Double
  ) -> (values: [Double], computed: [Int]) {
    let cache = FeatureCache(schedule)
    var computed: [Int] = []
    let values = (0..<evaluations).map { now in
      cache.features {
        computed.append(now)
        return Tensor([value(Double(now))], shape: [1])
      }.item()
    }
    return (values, computed)
  }

  @Test("features are kept between the evaluations that compute them")
  func kept() {
    let (values, computed) = answers(.init(interval: 3), 8) { $0 * $0 }
    #expect(values == [0, 0, 0, 9, 9, 9, 36, 36])
    #expect(computed == [0, 3, 6])
    #expect(answers(.init(interval: 1), 4) { $0 }.computed == [0, 1, 2, 3])
  }

  @Test(
    "a polynomial is foreseen exactly, once there are as many points as it needs",
    arguments: [1, 2, 3])
  func foreseen(order: Int) {
    func polynomial(_ x: Double) -> Double {
      (0...order).reduce(0) { $0 * x + Double($1 + 1) }
    }
    let interval = 3
    let (values, computed) = answers(.init(interval: interval, order: order), 20, polynomial)
    #expect(computed == [0, 3, 6, 9, 12, 15, 18])
    for now in (order * interval)..<20 {
      #expect(abs(values[now] - polynomial(Double(now))) < 1e-9 * polynomial(20), "\(now)")
    }
    // Before, it is the polynomial of the points that there are: at first the last value.
    #expect(values[1] == polynomial(0) && values[2] == polynomial(0))
  }
}
