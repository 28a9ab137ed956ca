package import Torch

/// The mean and variance of every group of channels of features that are seen piece by piece.
///
/// Chan, Golub and LeVeque 1983, equation 2.1 (pairwise updating), in double precision.
package struct GroupMoments {
  private var count = 0.0
  private(set) var means: [Double]
  /// The sums of the squared deviations from the means.
  private var squares: [Double]

  init(groups: Int) {
    means = Array(repeating: 0, count: groups)
    squares = means
  }

  /// The variances, of all numbers so far.
  var variances: [Double] { squares.map { $0 / max(count, 1) } }

  /// Adds a piece.
  ///
  /// - Parameter x: Features of one picture, `[1, channels, …]`.
  package mutating func add(_ x: Tensor) {
    let numbers = x.reshaped(means.count, -1)
    let added = Double(x.count / means.count)
    let mean = numbers.mean(dims: [1]).values(as: Double.self)
    let variance = numbers.variance(dims: [1], correction: 0).values(as: Double.self)
    // An operation before failed: `checked` throws it in the end.
    guard mean.count == means.count, variance.count == means.count else { return }
    let total = count + added
    for group in means.indices {
      let difference = mean[group] - means[group]
      means[group] += difference * added / total
      squares[group] += variance[group] * added + difference * difference * count * added / total
    }
    count = total
  }
}

/// A normalization of groups of channels whose means and variances are known.
package struct FixedGroupNorm {
  let scale: Tensor
  let shift: Tensor

  /// - Parameter x: A piece of the features, `[1, channels, rows, columns]`.
  /// - Returns: The same shape.
  package func callAsFunction(_ x: Tensor) -> Tensor { shift.addingProduct(of: x, and: scale) }
}

extension GroupNorm {
  /// The means and variances of nothing yet.
  package var moments: GroupMoments { GroupMoments(groups: groups) }

  /// The normalization of the pieces of a picture's features, one after another.
  package func fixed(_ moments: GroupMoments) -> FixedGroupNorm {
    let width = weight.count / groups
    func channels(_ values: [Double]) -> Tensor {
      Tensor(values, shape: [groups, 1]).repeated([1, width]).reshaped(-1)
    }
    let rates = moments.variances.map { 1 / ($0 + eps).squareRoot() }
    let scale = weight.converted(to: .float64) * channels(rates)
    let shift = bias.converted(to: .float64) - scale * channels(moments.means)
    func column(_ x: Tensor) -> Tensor { x.converted(to: weight.dtype).reshaped(1, -1, 1, 1) }
    return FixedGroupNorm(scale: column(scale), shift: column(shift))
  }
}
