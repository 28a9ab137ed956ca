public import Torch

internal import Foundation

/// ER-SDE-Solver: stochastic equations with the flow's marginals, solved to order 1, 2 or 3.
///
/// Cui et al. 2023, https://arxiv.org/abs/2309.06169, in their prediction of `x0`, over Karras'
/// sigma: with a noise scale `phi`, `x_s / alpha_s` is `r · x_t / alpha_t + (1 - r) · x0` and noise
/// of variance `sigma_s² - r² sigma_t²`, for `r = phi(sigma_s) / phi(sigma_t)`, and terms for the
/// slope of `x0` and its change. Their integrals over `1 / phi` are by Gauss' rule here and by a
/// sum over a hundred points in the authors' code.
///
/// The published third-order solver adds the bend of `x0` but takes its slope from one difference,
/// whose error is of the same size, so that it converges like the second-order one; ``isCorrected``
/// mends the slope. One evaluation a step; steps that follow one from pure noise begin again.
public struct ERSDE: Sampler {
  /// The noise scale, `phi(sigma) / sigma`.
  public enum NoiseScale: String, Sendable, Hashable, Codable, CaseIterable {
    /// 1: the probability flow, without noise.
    case flow
    /// `sigma`: the reverse-time equation.
    case reverseTime
    /// `exp(sigma^0.3) + 10`: the authors' choice, their ER-SDE 5.
    case extended

    func callAsFunction(_ sigma: Double) -> Double {
      switch self {
      case .flow: 1
      case .reverseTime: sigma
      case .extended: exp(pow(sigma, 0.3)) + 10
      }
    }
  }

  /// The most estimates that a step uses, 1 to 3.
  public let maximumOrder: Int

  /// The noise scale.
  public let scale: NoiseScale

  /// Whether the slope of the third order takes the bend into account.
  public let isCorrected: Bool

  private var history: [(x0: Tensor, sigma: Double)] = []

  /// The error falls with the step's power ``maximumOrder``, but 2 at most unless ``isCorrected``
  /// and without noise.
  public var order: Int { isCorrected && scale == .flow ? maximumOrder : min(maximumOrder, 2) }

  /// Whether there is a noise scale above the flow's.
  public var isStochastic: Bool { scale != .flow }

  /// The sampler, without a memory yet.
  public init(order: Int = 3, scale: NoiseScale = .extended, isCorrected: Bool = false) {
    precondition((1...3).contains(order), "there is no order \(order)")
    maximumOrder = order
    self.scale = scale
    self.isCorrected = isCorrected
  }

  /// Extrapolates the estimates, and adds noise.
  public mutating func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise: NoiseSource
  ) throws -> Tensor {
    let x0 = try denoiser(x, at: t)
    guard s.sigma > 0 else { return s.alpha * x0 }
    let (sigmaT, sigmaS) = (t.karrasSigma, s.karrasSigma)
    let ratio = scale(sigmaS) / scale(sigmaT)
    let x0Weight = 1 - t.sigmaRatio(to: s) * ratio
    var mean = (s.sigma / t.sigma * ratio) * x + (s.alpha * x0Weight) * x0
    if let change = change(of: x0, from: sigmaT, to: sigmaS) { mean = mean + s.alpha * change }
    history = sigmaT.isFinite ? Array(([(x0, sigmaT)] + history).prefix(2)) : []
    guard isStochastic else { return mean }
    let deviation = s.sigma * max(1 - ratio * ratio, 0).squareRoot()
    return mean + deviation * noise.normal(like: x)
  }

  /// What the change of `x0` within the step adds.
  private func change(of x0: Tensor, from t: Double, to s: Double) -> Tensor? {
    guard maximumOrder > 1, let one = history.first else { return nil }
    var slope = (x0 - one.x0) / (t - one.sigma)
    guard maximumOrder > 2, history.count > 1 else { return weight(1, from: t, to: s) * slope }
    let two = history[1]
    // Divided differences: `bend` is half of the second derivative.
    let bend = (slope - (one.x0 - two.x0) / (one.sigma - two.sigma)) / (t - two.sigma)
    if isCorrected { slope = slope + (t - one.sigma) * bend }
    return weight(1, from: t, to: s) * slope + weight(2, from: t, to: s) * bend
  }

  /// The weight of an `x0` that grows as `(sigma - t)^power`:
  /// `(s - t)^power + phi(s) ∫ power · (sigma - t)^(power - 1) / phi(sigma)` from `s` to `t`.
  private func weight(_ power: Int, from t: Double, to s: Double) -> Double {
    // Over the logarithm of sigma, where the integrand is smooth.
    let integral = gaussNodes(from: log(s), to: log(t)).reduce(0) { sum, node in
      let sigma = exp(node.place)
      let grown = power == 1 ? 1 : 2 * (sigma - t)
      return sum + node.weight * grown / scale(sigma)
    }
    return pow(s - t, Double(power)) + s * scale(s) * integral
  }
}
