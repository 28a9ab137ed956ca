public import Torch

/// The squared kernel distance of sets of features from a reference, unbiased whatever their sizes.
///
/// The maximum mean discrepancy (Gretton et al. 2012, equation 3,
/// https://www.jmlr.org/papers/v13/gretton12a.html) with the kernel `(xᵀy / channels + 1)³`, as
/// Bińkowski et al. 2018, section 4, https://arxiv.org/abs/1801.01401. The interval is that of the
/// samples; the reference is taken to be exact.
public struct KernelDistance {
  private let reference: Tensor
  /// The mean of the kernel over all pairs of two samples of the reference.
  private let amongReference: Double

  /// The distance from a reference.
  ///
  /// - Parameter reference: At least two samples, `[count, channels]`.
  /// - Throws: A `TorchError`.
  public init(from reference: Tensor) throws {
    precondition(reference.shape[0] > 1, "at least two samples")
    self.reference = reference
    amongReference = try checked { amongOthers(reference).mean().item() }
  }

  /// The distance of samples.
  ///
  /// - Parameter features: At least two samples, `[samples, channels]`.
  /// - Returns: The distance, which may be below zero by chance.
  /// - Throws: A `TorchError` if the channels are not as many.
  public func callAsFunction(_ features: Tensor) throws -> Estimate {
    precondition(features.shape[0] > 1, "at least two samples")
    return try checked {
      let within = amongOthers(features)
      let across = kernelSums(features, reference).all / Double(reference.shape[0])
      let value = (within - 2 * across).mean().item() + amongReference
      // To first order, the statistic's error is that of twice the mean of this.
      let deviation = (within - across).variance(correction: 1).squareRoot().item()
      return Estimate(value, standardError: 2 * deviation / Double(features.shape[0]).squareRoot())
    }
  }
}

/// The mean of the kernel of each sample with the others, `[samples]`.
private func amongOthers(_ x: Tensor) -> Tensor {
  let sums = kernelSums(x, x)
  return (sums.all - sums.same) / (Double(x.shape[0]) - 1)
}

/// Sums of the kernel over the second set, for each sample of the first, `[samples]`.
private struct KernelSums {
  /// Over all of the second set.
  var all: Tensor
  /// Over the sample itself alone.
  var same: Tensor
}

private func kernelSums(_ x: Tensor, _ y: Tensor) -> KernelSums {
  let channels = Double(x.shape[1])
  func kernel(_ products: Tensor) -> Tensor { (products / channels + 1).power(3) }
  let transposed = y.converted(to: .float64).transposed(0, 1)
  let parts = chunks(of: x.shape[0]).map { range in
    let part = x.narrowed(dim: 0, start: range.lowerBound, length: range.count)
      .converted(to: .float64)
    return KernelSums(
      all: kernel(part.matmul(transposed)).sum(dims: [1]),
      same: kernel((part * part).sum(dims: [1])))
  }
  return KernelSums(
    all: parts.map(\.all).concatenated(), same: parts.map(\.same).concatenated())
}

/// Consecutive ranges that cover the numbers below `count`, few enough for memory.
func chunks(of count: Int, size: Int = 1024) -> [Range<Int>] {
  stride(from: 0, to: count, by: size).map { $0..<min($0 + size, count) }
}
