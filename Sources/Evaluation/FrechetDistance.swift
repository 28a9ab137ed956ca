public import Torch

/// The mean and the covariance of features, in double precision.
public struct FeatureMoments: Sendable {
  /// The mean, `[channels]`.
  public let mean: Tensor
  /// The unbiased covariance, `[channels, channels]`.
  public let covariance: Tensor

  /// Moments that are known.
  public init(mean: Tensor, covariance: Tensor) {
    self.mean = mean.converted(to: .float64)
    self.covariance = covariance.converted(to: .float64)
  }

  /// The moments of samples.
  ///
  /// - Parameter features: At least two samples, `[samples, channels]`.
  public init(_ features: Tensor) {
    precondition(features.shape[0] > 1, "a covariance of at least two samples")
    let x = features.converted(to: .float64)
    mean = x.mean(dims: [0])
    let centered = x - mean
    covariance = centered.transposed(0, 1).matmul(centered) / (Double(x.shape[0]) - 1)
  }
}

/// The squared Fréchet distance of two normal distributions with these moments.
///
/// `|μ₁ - μ₂|² + tr(Σ₁ + Σ₂ - 2 (Σ₁ Σ₂)^½)`: Dowson and Landau 1982, equation 4,
/// https://doi.org/10.1016/0047-259X(82)90077-X; a measure of generators since Heusel et al. 2017,
/// equation 6, https://arxiv.org/abs/1706.08500. The trace of the root is the sum of the roots of
/// the eigenvalues of `Σ₁^½ Σ₂ Σ₁^½`, which is symmetric.
///
/// - Throws: A `TorchError` where the eigenvalues are not found.
public func frechetDistance(_ a: FeatureMoments, _ b: FeatureMoments) throws -> Double {
  try checked {
    let (values, vectors) = a.covariance.eigh()
    let root = vectors * values.clamped(min: 0.0).squareRoot()
    let product = root.transposed(0, 1).matmul(b.covariance).matmul(root)
    let trace = diagonalSum(a.covariance) + diagonalSum(b.covariance) - 2 * rootSum(product)
    let difference = a.mean - b.mean
    return (difference * difference).sum().item() + trace
  }
}

/// The Fréchet distance of some samples from a large reference, for many resamples of them.
///
/// With `X` the centred samples, `(X Σ Xᵀ) / (n - 1)` has the eigenvalues of `Σ^½ Σ₂ Σ^½` other
/// than zero. It is as large as there are samples, and for a resample its entries are those of
/// `Φ Σ Φᵀ` of all samples, centred anew; so a resample costs the eigenvalues of a matrix as large
/// as it has distinct samples. Where there are fewer channels, that of `√Σ Σ₂ √Σ` is smaller.
public struct FrechetDistance {
  private let features: Tensor
  private let reference: FeatureMoments
  private let products: Tensor
  /// The samples times `√Σ`, where there are fewer channels than samples.
  private let rooted: Tensor?

  /// - Parameters:
  ///   - features: At least two samples, `[samples, channels]`.
  ///   - reference: The moments of the reference.
  /// - Throws: A `TorchError` if the channels are not as many.
  public init(_ features: Tensor, from reference: FeatureMoments) throws {
    precondition(features.shape[0] > 1, "a distance of at least two samples")
    let x = features.converted(to: .float64)
    self.features = x
    self.reference = reference
    (products, rooted) = try checked {
      guard x.shape[1] < x.shape[0] else {
        return (x.matmul(reference.covariance).matmul(x.transposed(0, 1)), nil)
      }
      let (values, vectors) = reference.covariance.eigh()
      return (.zeros([0]), x.matmul(vectors * values.clamped(min: 0.0).squareRoot()))
    }
  }

  /// The distance of all samples.
  public func distance() throws -> Double {
    try distance(counts: [Int](repeating: 1, count: features.shape[0]))
  }

  /// The distance with the interval of resamples of the samples; the reference is as it is.
  ///
  /// - Parameters:
  ///   - resamples: The number of resamples, at least 1.
  ///   - strata: Groups of samples whose sizes are fixed, such as pictures of a label, each sample
  ///     in
  ///     one of them: a resample has as many of each group (Davison and Hinkley 1997, section 3.2,
  ///     https://doi.org/10.1017/CBO9780511802843). One group of all if not given.
  ///   - generator: Draws them.
  ///   - onResample: Called after each.
  /// - Returns: The distance of all samples, and its interval.
  /// - Throws: A `TorchError` where eigenvalues are not found, or what `onResample` throws.
  public func estimate(
    resamples: Int = 200, strata: [[Int]]? = nil, using generator: Generator,
    onResample: (Int) throws -> Void = { _ in }
  ) throws -> Estimate {
    let count = features.shape[0]
    let strata = strata ?? [Array(0..<count)]
    precondition(
      strata.joined().sorted() == Array(0..<count), "each of \(count) samples in one group")
    let values = try (0..<resamples).map { number in
      var counts = [Int](repeating: 0, count: count)
      for group in strata where !group.isEmpty {
        let draws = try checked {
          generator.integers(in: 0..<group.count, [group.count]).values(as: Int.self)
        }
        for draw in draws { counts[group[draw]] += 1 }
      }
      let value = try distance(counts: counts)
      try onResample(number)
      return value
    }
    return Estimate(try distance(), resampled: values)
  }

  /// The distance of a resample that has each sample this many times.
  func distance(counts: [Int]) throws -> Double {
    try checked {
      let drawn = Tensor(counts.indices.filter { counts[$0] > 0 })
      let weights = Tensor(counts.filter { $0 > 0 }.map(Double.init))
      let total = Double(counts.reduce(0, +))
      let x = features.indexSelected(dim: 0, drawn)
      let shares = weights / total
      let mean = shares.matmul(x)
      let scale = (weights / (total - 1)).squareRoot()
      let roots: Double
      if let rooted {
        let rows = rooted.indexSelected(dim: 0, drawn)
        let centered = scale.unsqueezed(1) * (rows - shares.matmul(rows))
        roots = rootSum(centered.transposed(0, 1).matmul(centered))
      } else {
        roots = rootSum(centeredProducts(drawn, shares) * scale * scale.unsqueezed(1))
      }
      let variance = (weights.unsqueezed(1) * (x - mean).power(2)).sum().item() / (total - 1)
      let difference = (mean - reference.mean).power(2).sum().item()
      return difference + variance + diagonalSum(reference.covariance) - 2 * roots
    }
  }

  /// The entries of `Φ Σ Φᵀ` of a resample, about its own mean.
  private func centeredProducts(_ drawn: Tensor, _ shares: Tensor) -> Tensor {
    let products = products.indexSelected(dim: 0, drawn).indexSelected(dim: 1, drawn)
    let withMean = products.matmul(shares)
    return products - withMean - withMean.unsqueezed(1) + shares.matmul(withMean)
  }
}

/// The sum of the roots of the eigenvalues of a symmetric matrix without negative ones.
private func rootSum(_ matrix: Tensor) -> Double {
  matrix.eigh().0.clamped(min: 0.0).squareRoot().sum().item()
}

/// The trace.
private func diagonalSum(_ matrix: Tensor) -> Double {
  let identity = Tensor.range(to: matrix.shape[0]).oneHot(matrix.shape[0])
  return (matrix * identity.converted(to: matrix.dtype)).sum().item()
}
