public import Torch

/// Samples as they are: `A` is the identity, and the problem is denoising.
public struct WholeOperator: LinearOperator, Hashable {
  /// The operator.
  public init() {}

  /// The samples.
  public func callAsFunction(_ x: Tensor) -> Tensor { x }

  /// The measurements.
  public func adjoint(_ y: Tensor) -> Tensor { y }

  /// All singular values are 1.
  public func spectrum(_ y: Tensor, _ f: (Double) -> Double) -> Tensor { f(1) * y }
}

/// The elements that a mask lets through, the others zero: inpainting.
public struct MaskOperator: LinearOperator {
  private let mask: Tensor

  /// The operator of a mask, 1 where samples are known and 0 elsewhere, that broadcasts over
  /// `[batch, …]`.
  public init(_ mask: Tensor) {
    self.mask = mask
  }

  /// The known elements.
  public func callAsFunction(_ x: Tensor) -> Tensor { mask * x }

  /// The known elements.
  public func adjoint(_ y: Tensor) -> Tensor { mask * y }

  /// Singular values are 1 where the mask is, and 0.
  public func spectrum(_ y: Tensor, _ f: (Double) -> Double) -> Tensor {
    let (known, unknown) = (f(1), f(0))
    return (unknown + (known - unknown) * mask) * y
  }
}

/// Means over squares of pixels: super-resolution.
public struct PoolingOperator: LinearOperator, Hashable {
  /// The side of a square.
  public let factor: Int

  /// The operator over squares of `factor` by `factor` pixels, which divides height and width.
  public init(factor: Int) {
    precondition(factor > 0, "the factor \(factor) is not positive")
    self.factor = factor
  }

  /// The means, `[batch, channels, height / factor, width / factor]`.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    x.reshaped(
      x.shape[0], x.shape[1], x.shape[2] / factor, factor, x.shape[3] / factor, factor
    ).mean(dims: [3, 5])
  }

  /// Each mean spread over its square, in equal parts.
  public func adjoint(_ y: Tensor) -> Tensor {
    y.repeatInterleaved(factor, dim: 2).repeatInterleaved(factor, dim: 3)
      / Double(factor * factor)
  }

  /// All singular values are `1 / factor`.
  public func spectrum(_ y: Tensor, _ f: (Double) -> Double) -> Tensor {
    f(1 / Double(factor * factor)) * y
  }
}

/// A weighted sum of the channels: colouring.
public struct ChannelOperator: LinearOperator, Hashable {
  /// The weight of each channel.
  public let weights: [Double]

  /// The operator with the weight of each channel; equal ones by default.
  public init(weights: [Double] = [1.0 / 3, 1.0 / 3, 1.0 / 3]) {
    precondition(weights.contains { $0 != 0 }, "no channel has a weight")
    self.weights = weights
  }

  /// The sums, `[batch, 1, …]`.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    (x * column(like: x)).sum(dims: [1], keepingDims: true)
  }

  /// Each sum spread over the channels by their weights.
  public func adjoint(_ y: Tensor) -> Tensor { column(like: y) * y }

  /// All singular values are the length of the weights.
  public func spectrum(_ y: Tensor, _ f: (Double) -> Double) -> Tensor {
    f(weights.reduce(0) { $0 + $1 * $1 }) * y
  }

  private func column(like x: Tensor) -> Tensor {
    let shape = [1, weights.count] + [Int](repeating: 1, count: max(x.rank - 2, 0))
    return Tensor(weights, shape: shape).converted(to: x.dtype).moved(to: x.device)
  }
}
