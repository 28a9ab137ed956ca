internal import CTorch

/// Runs `body` with LibTorch's operations alone, without the kernels of our own that take the place
/// of some.
///
/// The kernels' results differ by the rounding of float32. `body` must not suspend.
public func withoutOwnKernels<Result>(_ body: () throws -> Result) rethrows -> Result {
  let before = ct_own_kernels()
  ct_set_own_kernels(false)
  defer { ct_set_own_kernels(before) }
  return try body()
}

extension Tensor {
  /// A convolution over pictures; this tensor is `[batch, channels, height, width]`.
  ///
  /// Convolutions of width 3 in float32 whose channels and outputs are multiples of 16 go by
  /// Winograd's algorithm F(4×4, 3×3), Lavin & Gray 2016, https://arxiv.org/abs/1509.09308: with a
  /// quarter of the products, and as near to the exact result as the sum of them all. The gradient
  /// by the inputs goes the same way, that by the kernels LibTorch's. Few results of many kernels
  /// are one product. The channels of results lie side by side then, in the order in which the next
  /// convolution takes them.
  ///
  /// - Parameters:
  ///   - weight: `[outputs, channels / groups, kernel, kernel]`.
  ///   - bias: `[outputs]`.
  ///   - stride: The places from one result to the next.
  ///   - padding: The zeros above and below the picture, and on its left and right.
  ///   - groups: The groups of channels that do not see each other.
  /// - Returns: `[batch, outputs, (height + 2 · padding - kernel) / stride + 1, …]`.
  public func convolved(
    by weight: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: (Int, Int) = (0, 0),
    groups: Int = 1
  ) -> Tensor {
    Torch.result(
      ct_convolve(
        pointer, weight.pointer, bias?.pointer, Int64(stride), Int64(padding.0),
        Int64(padding.1), Int64(groups)))
  }

  /// Group normalization, https://arxiv.org/abs/1803.08494; this tensor is `[batch, channels, …]`.
  ///
  /// Features whose channels lie side by side go through a kernel of our own where no gradient is
  /// recorded, whose sums are in double precision.
  ///
  /// - Parameters:
  ///   - groups: The groups of channels.
  ///   - weight: What a normalized channel is multiplied by, `[channels]`.
  ///   - bias: What is added then, `[channels]`.
  ///   - eps: What is added to the variances.
  ///   - isActivated: Whether the result is `silu` of that.
  /// - Returns: The same shape.
  public func groupNormalized(
    groups: Int, weight: Tensor?, bias: Tensor?, eps: Double, isActivated: Bool = false
  ) -> Tensor {
    Torch.result(
      ct_normalize_groups(
        pointer, Int64(groups), weight?.pointer, bias?.pointer, eps, isActivated))
  }
}
