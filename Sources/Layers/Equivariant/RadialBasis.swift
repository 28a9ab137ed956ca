internal import Foundation
public import Torch

/// Distances as bumps at equal intervals, as SchNet and DiffDock embed them.
///
/// Schütt et al. 2017, https://arxiv.org/abs/1706.08566: `exp(-(d - offset)² / (2 · interval²))`.
public struct GaussianSmearing: Sendable {
  private let offset: Tensor
  private let coefficient: Double

  /// An embedding with the fixed numbers `offset`, `[count]`: where the bumps are.
  ///
  /// - Parameters:
  ///   - scope: Where the offsets are.
  ///   - range: From the first bump to the last.
  ///   - count: How many there are, at least 2.
  public init(_ scope: Scope, over range: ClosedRange<Double>, count: Int) {
    precondition(count >= 2, "\(count) bumps have no interval")
    let interval = (range.upperBound - range.lowerBound) / Double(count - 1)
    offset = scope.parameter(
      "offset", [count], .evenlySpaced(from: range.lowerBound, to: range.upperBound)
    ).detached()
    coefficient = -0.5 / (interval * interval)
  }

  /// - Parameter distances: `[…]`.
  /// - Returns: `[…, count]`.
  public func callAsFunction(_ distances: Tensor) -> Tensor {
    let difference = distances.unsqueezed(-1) - offset
    return (difference * difference * coefficient).exponential()
  }
}

/// Functions of a distance whose squares sum to about 1, e3nn's `soft_one_hot_linspace`.
public struct RadialBasis: Sendable, Hashable {
  /// The shape of the functions.
  public enum Form: Sendable, Hashable, CaseIterable {
    /// Bells.
    case gaussian
    /// Half waves that end at their neighbours.
    case cosine
    /// Bumps that end at their neighbours with all derivatives.
    case smoothFinite
  }

  private let form: Form
  private let range: ClosedRange<Double>
  private let count: Int
  private let isCutOff: Bool

  /// A basis over a range.
  ///
  /// - Parameters:
  ///   - form: The functions' shape.
  ///   - range: Where they are.
  ///   - count: How many there are, at least 2.
  ///   - isCutOff: Whether the ends of the range lie an interval beyond the first and the last.
  public init(_ form: Form, over range: ClosedRange<Double>, count: Int, isCutOff: Bool) {
    precondition(count >= 2, "\(count) functions have no interval")
    self.form = form
    self.range = range
    self.count = count
    self.isCutOff = isCutOff
  }

  /// - Parameter distances: `[…]`.
  /// - Returns: `[…, count]`.
  public func callAsFunction(_ distances: Tensor) -> Tensor {
    let length = range.upperBound - range.lowerBound
    let interval = length / Double(isCutOff ? count + 1 : count - 1)
    let first = range.lowerBound + (isCutOff ? interval : 0)
    let centers = Tensor.linspace(
      from: first, to: first + interval * Double(count - 1), count: count, dtype: distances.dtype)
    let x = (distances.unsqueezed(-1) - centers) / interval
    switch form {
    case .gaussian: return (-(x * x)).exponential() / 1.12
    case .cosine:
      let isNear = x.absolute().less(than: .real(1)).converted(to: x.dtype)
      return (x * (Double.pi / 2)).cosine() * isNear
    case .smoothFinite: return 1.14136 * exp(2.0) * step(x + 1) * step(1 - x)
    }
  }

  /// `exp(-1 / x)` above 0, else 0.
  private func step(_ x: Tensor) -> Tensor {
    let isAbove = x.greater(than: .real(0))
    let safe = isAbove.choosing(x, else: x * 0 + 1)
    return (-(safe.reciprocal())).exponential() * isAbove.converted(to: x.dtype)
  }
}
