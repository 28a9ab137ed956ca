public import Torch

/// The squared kernel distance of two sets of features, which is unbiased whatever their sizes.
///
/// The maximum mean discrepancy (Gretton et al. 2012, equation 3,
/// https://www.jmlr.org/papers/v13/gretton12a.html) with the kernel `(xᵀy / channels + 1)³`, as
/// Bińkowski et al. 2018, section 4, https://arxiv.org/abs/1801.01401. The interval is that of the
/// samples; the reference is taken to be exact.
///
/// - Parameters:
///   - features: At least two samples, `[samples, channels]`.
///   - reference: At least two samples, `[count, channels]`.
/// - Returns: The distance, which may be below zero by chance.
/// - Throws: A `TorchError` if the channels are not as many.
public func kernelDistance(_ features: Tensor, from reference: Tensor) throws -> Estimate {
  precondition(features.shape[0] > 1 && reference.shape[0] > 1, "at least two samples of each")
  return try checked {
    let x = features.converted(to: .float64)
    let count = Double(x.shape[0])
    let own = kernelSums(x, x)
    let cross = kernelSums(x, reference) / Double(reference.shape[0])
    let within = (own.all - own.same) / (count - 1)
    let others = kernelSums(reference, reference)
    let size = Double(reference.shape[0])
    let amongOthers = (others.all - others.same).sum().item() / (size * (size - 1))
    // The first-order term of a sample in the statistic (Hoeffding 1948, section 5).
    let influence = within - cross.all
    let value = (within - 2 * cross.all).mean().item() + amongOthers
    let deviation = influence.variance(correction: 1).squareRoot().item()
    return Estimate(value, standardError: 2 * deviation / count.squareRoot())
  }
}

/// Sums of the kernel over the second set, for each sample of the first, `[samples]`.
private struct KernelSums {
  /// Over all of the second set.
  var all: Tensor
  /// Over the sample itself alone.
  var same: Tensor

  static func / (sums: KernelSums, divisor: Double) -> KernelSums {
    KernelSums(all: sums.all / divisor, same: sums.same / divisor)
  }
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
