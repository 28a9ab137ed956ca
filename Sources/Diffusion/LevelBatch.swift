public import Torch

/// The noise levels of a batch, one for each sample, as tensors that broadcast over the samples.
///
/// Training draws a level for every sample; sampling has one ``NoiseLevel`` for all.
public struct LevelBatch: Sendable {
  /// The levels in `Double`.
  public let levels: [NoiseLevel]

  /// The factors of the clean samples, `[batch, 1, …]`.
  public let alpha: Tensor

  /// The factors of the unit noise, `[batch, 1, …]`.
  public let sigma: Tensor

  /// The levels for a batch `x`, `[batch, …]`, whose rank and device the factors take.
  ///
  /// They are `float64` for `float64` samples and `float32` for all others.
  public init(_ levels: [NoiseLevel], like x: Tensor) {
    precondition(
      levels.count == x.shape[0], "\(levels.count) levels for \(x.shape[0]) samples")
    self.levels = levels
    alpha = column(levels.map(\.alpha), like: x)
    sigma = column(levels.map(\.sigma), like: x)
  }

  /// The noisy samples `alpha · x0 + sigma · epsilon`, each at its own level.
  public func noised(_ x0: Tensor, by epsilon: Tensor) -> Tensor {
    alpha * x0 + sigma * epsilon
  }
}

/// One number for each sample of `x`, `[batch, 1, …]`, on its device and at least in `float32`.
func column(_ values: [Double], like x: Tensor) -> Tensor {
  let shape = [values.count] + [Int](repeating: 1, count: max(x.rank - 1, 0))
  let dtype: DType = x.dtype == .float64 ? .float64 : .float32
  return Tensor(values, shape: shape).converted(to: dtype).moved(to: x.device)
}
