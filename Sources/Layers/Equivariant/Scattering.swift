public import Torch

extension Tensor {
  /// The sums of rows that go to the same place.
  ///
  /// - Parameters:
  ///   - places: Where each row goes, below `count`, `[rows]`.
  ///   - count: How many places there are.
  /// - Returns: `[count, …]`; zero where no row goes.
  public func scatteredSum(to places: Tensor, count: Int) -> Tensor {
    Tensor.zeros([count] + shape.sizes.dropFirst(), dtype: dtype, device: device)
      .indexAdded(dim: 0, at: places, self)
  }

  /// The means of rows that go to the same place.
  ///
  /// - Parameters:
  ///   - places: Where each row goes, below `count`, `[rows]`.
  ///   - count: How many places there are.
  /// - Returns: `[count, …]`; zero where no row goes.
  public func scatteredMean(to places: Tensor, count: Int) -> Tensor {
    let ones = [Int](repeating: 1, count: rank - 1)
    let rows = Tensor.ones([shape.sizes.first ?? 0] + ones, dtype: dtype, device: device)
    let counts = rows.scatteredSum(to: places, count: count)
    return scatteredSum(to: places, count: count) / counts.clamped(min: 1)
  }
}
