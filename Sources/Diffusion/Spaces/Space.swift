public import Torch

/// A geometry that a diffusion process lives on.
///
/// A point is a row of numbers, `[…, pointWidth]`, and a tangent vector at it another,
/// `[…, tangentWidth]`, whose length is the distance that it leads to. The process is Brownian
/// motion: noise of scale `sigma` is its position after the time `sigma²` (De Bortoli et al. 2022,
/// https://arxiv.org/abs/2202.02763).
public protocol Space: Sendable {
  /// How many numbers a point is.
  var pointWidth: Int { get }

  /// How many numbers a tangent vector is: the dimension.
  var tangentWidth: Int { get }

  /// The point that a tangent vector leads to along a geodesic: the exponential map.
  ///
  /// - Parameters:
  ///   - x: Points, `[…, pointWidth]`.
  ///   - v: Tangent vectors at them, `[…, tangentWidth]`.
  /// - Returns: Points, in the shape of `x`.
  func moved(_ x: Tensor, along v: Tensor) -> Tensor

  /// The shortest tangent vector at `x` that leads to `y`: the logarithmic map.
  ///
  /// - Parameters:
  ///   - x: Points, `[…, pointWidth]`.
  ///   - y: Points, in the same shape.
  /// - Returns: Tangent vectors, `[…, tangentWidth]`.
  func direction(from x: Tensor, to y: Tensor) -> Tensor

  /// Draws noisy points: Brownian motion from `x0` after the time `sigma²`.
  ///
  /// - Parameters:
  ///   - x0: Clean points, `[…, pointWidth]`.
  ///   - sigma: The scale of the noise, above 0.
  ///   - generator: Where the random numbers come from.
  /// - Returns: Noisy points, in the shape of `x0`.
  func noised(_ x0: Tensor, sigma: Double, using generator: Generator) -> Tensor

  /// The gradient at `x` of the log-density of noisy points that began at `x0`.
  ///
  /// - Parameters:
  ///   - x: Noisy points, `[…, pointWidth]`.
  ///   - x0: The clean points, in the same shape.
  ///   - sigma: The scale of the noise, above 0.
  /// - Returns: Tangent vectors at `x`, `[…, tangentWidth]`.
  func score(at x: Tensor, of x0: Tensor, sigma: Double) -> Tensor

  /// A step of the process that runs back from `sigma` to a smaller scale: a geodesic random walk.
  ///
  /// De Bortoli et al. 2022, algorithm 1: the drift is the score times the variance that is taken
  /// away, and noise of that variance is added. Without noise it is a step of the probability flow,
  /// with half the drift.
  ///
  /// - Parameters:
  ///   - x: Noisy points at `t`, `[…, pointWidth]`.
  ///   - t: Their scale.
  ///   - s: The scale to reach, below `t`.
  ///   - score: The score at `x`, `[…, tangentWidth]`.
  ///   - generator: Where the noise comes from; none for the probability flow.
  /// - Returns: Points at `s`, in the shape of `x`.
  func step(
    _ x: Tensor, from t: Double, to s: Double, score: Tensor, using generator: Generator?
  ) -> Tensor
}

extension Space {
  /// A geodesic random walk of one step, with an exponential map.
  public func step(
    _ x: Tensor, from t: Double, to s: Double, score: Tensor, using generator: Generator?
  ) -> Tensor {
    let variance = t * t - s * s
    guard let generator else { return moved(x, along: (variance / 2) * score) }
    let walk = variance.squareRoot() * unitNoise(like: score, using: generator)
    return moved(x, along: variance * score + walk)
  }
}

/// Unit noise in the shape, the dtype and the place of `x`, drawn at least in `float32`.
func unitNoise(like x: Tensor, using generator: Generator) -> Tensor {
  generator.normal(Array(x.shape), dtype: x.dtype == .float64 ? .float64 : .float32)
    .converted(to: x.dtype).moved(to: x.device)
}
