import Evaluation
import Testing
import Torch

@Suite("measures of clouds of points")
struct ShapeComparisonTests {
  /// Clouds of three points whose Chamfer distance is twice the square of how far they are apart,
  /// while that is small beside the points' own distances.
  private func clouds(_ offsets: [Double]) -> Tensor {
    Tensor(
      offsets.flatMap { [$0, 0, 0, $0, 100, 0, $0, 0, 300] }, shape: [offsets.count, 3, 3])
  }

  @Test("the distance is the mean of squares from both sides, whatever the number of points")
  func chamfer() throws {
    let a = Tensor([0.0, 0, 0, 1, 0, 0, 5, 5, 5, 5, 5, 5], shape: [2, 2, 3])
    let b = Tensor([0.0, 2, 0, 0, 0, 0, 0, 0, 0, 5, 5, 5, 5, 5, 6, 5, 7, 5], shape: [2, 3, 3])
    // First: from a 0 and 1, from b 4, 0 and 0. Second: from a 0 and 0, from b 0, 1 and 4.
    let expected = [0.5 + 4.0 / 3, 5.0 / 3]
    for (found, wanted) in zip(try chamferDistance(a, b).values(as: Double.self), expected) {
      #expect(abs(found - wanted) < 1e-12)
    }
    let back = try chamferDistance(b, a).values(as: Double.self)
    for (found, wanted) in zip(back, expected) { #expect(abs(found - wanted) < 1e-12) }
  }

  @Test("all pairs have the distance that they have alone, in any order of their points")
  func pairs() throws {
    let generator = Generator(seed: 12)
    let (a, b) = (generator.normal([3, 40, 3]), generator.normal([19, 30, 3]))
    let all = try chamferDistances(a, b)
    #expect(all.shape == [3, 19])
    for (row, column) in [(0, 0), (2, 18), (1, 9)] {
      let one = try chamferDistance(
        a.narrowed(dim: 0, start: row, length: 1), b.narrowed(dim: 0, start: column, length: 1))
      let found = all.selected(dim: 0, index: row).selected(dim: 0, index: column)
      #expect(abs(one.item() - found.item()) < 1e-12)
    }
    let turned = a.indexSelected(dim: 1, generator.permutation(40))
    #expect(try chamferDistance(a, turned).maximum().item() < 1e-12)
  }

  @Test("copies cover all at no distance, and are told apart less than by chance")
  func copies() throws {
    let set = clouds([0, 1, 3, 6])
    let comparison = try ShapeComparison(generated: set, references: set)
    #expect(try comparison.coverage() == 1)
    #expect(try comparison.minimumMatchingDistance() < 1e-9)
    #expect(try comparison.nearestNeighbourAccuracy() == 0)
  }

  @Test("one cloud again and again covers one reference")
  func collapsed() throws {
    let comparison = try ShapeComparison(
      generated: clouds([1, 1, 1, 1]), references: clouds([0.5, 3, 6, 10]))
    #expect(try comparison.coverage() == 0.25)
    // Squares of 0.5, 2, 5 and 9, from both sides.
    #expect(abs(try comparison.minimumMatchingDistance() - 2 * (0.25 + 4 + 25 + 81) / 4) < 1e-6)
    // The copies are each other's nearest; of the references the first two are nearest to a copy.
    #expect(try comparison.nearestNeighbourAccuracy() == 6.0 / 8)
  }

  @Test("sets that lie apart are told apart, and sets that alternate are not")
  func apart() throws {
    let far = try ShapeComparison(
      generated: clouds([0, 1, 2]), references: clouds([20, 21, 22]))
    #expect(try far.nearestNeighbourAccuracy() == 1)
    #expect(try far.coverage() == 1.0 / 3)
    // Pairs of neighbours: own, own, other, other.
    let mixed = try ShapeComparison(
      generated: clouds([0, 1, 20]), references: clouds([21, 40, 41]))
    #expect(try mixed.nearestNeighbourAccuracy() == 4.0 / 6)
  }
}
