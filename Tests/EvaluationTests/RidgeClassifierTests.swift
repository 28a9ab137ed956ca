import Testing
import Torch

@testable import Evaluation

@Suite struct RidgeClassifierTests {
  /// One feature -1 and 1 has a mean of 0 and a variance of 1, so the weight of a column y is
  /// `mean(x y) / (1 + penalty)`: ±1/2 by 2 here.
  @Test("one feature and two samples, by hand")
  func byHand() throws {
    let x = Tensor([-1.0, 1.0], shape: [2, 1])
    let classifier = try RidgeClassifier(x, labels: ["b", "a"], penalty: 1)
    #expect(classifier.kinds == ["a", "b"])
    let scores = try checked { classifier.scores(Tensor([3.0], shape: [1, 1])) }
    let expected = [0.5 + 3 * 0.25, 0.5 - 3 * 0.25]
    #expect(zip(scores.values(as: Double.self), expected).allSatisfy { abs($0 - $1) < 1e-12 })
    #expect(try classifier(Tensor([0.1, -0.1], shape: [2, 1])) == ["a", "b"])
  }

  @Test(
    "kinds that lie apart are told apart whatever the features' units, and a constant is harmless")
  func units() throws {
    let points: [[Double]] = [
      [0, 0, 7], [1, 0, 7], [0, 1, 7], [9, 0, 7], [10, 0, 7], [9, 1, 7], [0, 9, 7], [1, 9, 7],
      [0, 10, 7],
    ]
    let labels = ["x", "x", "x", "y", "y", "y", "z", "z", "z"]
    func features(_ units: [Double]) -> Tensor {
      Tensor(points.flatMap { zip($0, units).map { $0 * $1 } }, shape: [9, 3])
    }
    for units in [[1.0, 1, 1], [1e-4, 1e5, 1]] {
      let classifier = try RidgeClassifier(features(units), labels: labels)
      #expect(try classifier(features(units)) == labels)
    }
  }
}
