public import Torch

internal import Foundation

/// DPM-Solver with adaptive steps: as many evaluations as the flow needs.
///
/// Lu et al. 2022, https://arxiv.org/abs/2206.00927 (DPM-Solver-12 and -23), with k-diffusion's
/// controller and tolerances (`sample_dpm_adaptive`). Between two levels of a run it takes
/// sub-steps of its own in `lambda`, whose length lives on from level to level: a run over two
/// levels is k-diffusion's, one over many shows its progress. An error is measured in `x / alpha`,
/// so the steps are the same on every path.
///
/// Each sample has its own steps, because it must not depend on its batch. The whole batch is
/// evaluated each time, of which one row is used: `n` samples at once cost `n` times as many
/// evaluations as they would one by one. A step from pure noise or to a clean level is of first
/// order and not controlled, so let the first level hold some signal and the last but one little
/// noise.
public struct DPMAdaptive: Sampler {
  /// The order of the better of the two solutions that are compared, 2 or 3.
  public let order: Int

  /// The error that is allowed in proportion to the samples.
  public let relativeTolerance: Double

  /// The error that is always allowed, in units of `x / alpha`.
  public let absoluteTolerance: Double

  private var controllers: [StepSizeController] = []
  private var lower: [Tensor?] = []

  /// The flow is deterministic.
  public var isStochastic: Bool { false }

  /// The sampler.
  ///
  /// - Parameters:
  ///   - order: The order of the better of the two solutions that are compared, 2 or 3.
  ///   - relativeTolerance: The error that is allowed in proportion to the samples, above 0.
  ///   - absoluteTolerance: The error that is always allowed, above 0. The default is 1/128, a
  ///     grey level in `[-1, 1]`.
  public init(
    order: Int = 3, relativeTolerance: Double = 0.05, absoluteTolerance: Double = 0.0078
  ) {
    precondition((2...3).contains(order), "order \(order): expected 2 or 3")
    precondition(
      relativeTolerance > 0 && absoluteTolerance > 0,
      "tolerances \(relativeTolerance) and \(absoluteTolerance): expected above 0")
    self.order = order
    self.relativeTolerance = relativeTolerance
    self.absoluteTolerance = absoluteTolerance
  }

  /// Takes every sample from `t` to `s` in steps of its own.
  public mutating func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise: NoiseSource
  ) throws -> Tensor {
    guard s.sigma > 0, t.alpha > 0 else {
      return t.moved(x, to: s, x0: try denoiser(x, at: t))
    }
    let y = x / t.alpha
    let rows = (0..<x.shape[0]).map { y.narrowed(dim: 0, start: $0, length: 1) }
    if controllers.count != rows.count {
      let controller = StepSizeController(h: 0.05, weights: .init(), order: order, safety: 0.81)
      controllers = Array(repeating: controller, count: rows.count)
      lower = Array(repeating: nil, count: rows.count)
    }
    let lambdas = (t.logSNR / 2, s.logSNR / 2)
    let ends = try rows.indices.map { row in
      try follow(row, of: rows, from: lambdas.0, to: lambdas.1, denoiser: denoiser)
    }
    return s.alpha * ends.concatenated()
  }

  /// Takes one row from one `lambda` to another.
  private mutating func follow(
    _ row: Int, of rows: [Tensor], from begin: Double, to end: Double, denoiser: some Denoiser
  ) throws -> Tensor {
    func epsilon(_ y: Tensor, _ lambda: Double) throws -> Tensor {
      let level = NoiseLevel(alpha: 1, sigma: exp(-lambda))
      var batch = rows
      batch[row] = y
      let x0 = try denoiser(batch.concatenated(), at: level)
      return level.epsilon(in: y, of: x0.narrowed(dim: 0, start: row, length: 1))
    }
    var (y, lambda) = (rows[row], begin)
    var first = try epsilon(y, lambda)
    while true {
      let next = min(end, lambda + controllers[row].h)
      let (low, high) = try solutions(y, first, from: lambda, to: next, epsilon: epsilon)
      let error = error(of: low, high, after: lower[row] ?? y)
      // A NaN is not made better by shorter steps, nor an error that is mere rounding.
      let isHopeless = !error.isFinite || next - lambda < 1e-9
      guard controllers[row].accepts(error: error) || isHopeless else { continue }
      (lower[row], y, lambda) = (low, high, next)
      if lambda >= end || isHopeless && !error.isFinite { return y }
      first = try epsilon(y, lambda)
    }
  }

  /// The samples by two methods whose orders differ by one, and which share their evaluations.
  private func solutions(
    _ y: Tensor, _ first: Tensor, from begin: Double, to end: Double,
    epsilon: (Tensor, Double) throws -> Tensor
  ) throws -> (low: Tensor, high: Tensor) {
    func step(to part: Double) -> ExponentialStep {
      ExponentialStep(
        prediction: .epsilon, t: NoiseLevel(alpha: 1, sigma: exp(-begin)),
        s: NoiseLevel(alpha: 1, sigma: exp(-(begin + part * (end - begin)))))
    }
    let (whole, inner) = (step(to: 1), order == 2 ? 0.5 : 1.0 / 3)
    let second = try epsilon(step(to: inner)(y, holding: first), begin + inner * (end - begin))
    let low2 = whole(
      y, through: [first, second], at: [0, inner], moments: whole.midpointMoments)
    guard order == 3 else { return (whole(y, holding: first), low2) }
    let most = step(to: 2.0 / 3)
    let y2 = most(y, through: [first, second], at: [0, 0.5], moments: most.exactMoments(2))
    let third = try epsilon(y2, begin + 2.0 / 3 * (end - begin))
    return (
      low2,
      whole(y, through: [first, third], at: [0, 2.0 / 3], moments: whole.exactMoments(2))
    )
  }

  /// The root of the mean square of the difference, in units of what is allowed at each place.
  private func error(of low: Tensor, _ high: Tensor, after last: Tensor) -> Double {
    let size = low.absolute().maximum(last.absolute())
    let allowed = (size * relativeTolerance).clamped(min: .real(absoluteTolerance))
    let ratio = (low - high) / allowed
    return (ratio * ratio).mean().item().squareRoot()
  }
}
