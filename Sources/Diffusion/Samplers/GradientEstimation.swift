public import Torch

/// Gradient estimation: DDIM along this step's noise moved on by its change since the last step.
///
/// Permenter & Yuan 2024, https://arxiv.org/abs/2306.04848, who read sampling as gradient descent
/// on the distance to the data: `epsilon_bar = gamma · epsilon + (1 - gamma) · epsilon_last`
/// (ComfyUI's `gradient_estimation`). At `gamma = 1` it is ``DDIM``, at 3/2 with equal steps the
/// method of Adams and Bashforth; at the paper's 2 it is of first order, with an error of the other
/// sign than DDIM's. One evaluation a step.
public struct GradientEstimation: Sampler {
  /// The weight of this step's noise.
  public let gamma: Double

  private var last: Tensor?

  /// The error falls in proportion to the step.
  public var order: Int { 1 }

  /// The flow is deterministic.
  public var isStochastic: Bool { false }

  /// The sampler with a weight of this step's noise, at least 1, without a memory yet.
  public init(gamma: Double = 2) {
    precondition(gamma >= 1 && gamma.isFinite, "gamma \(gamma): expected at least 1")
    self.gamma = gamma
  }

  /// Extrapolates the noise, and follows it to `s`.
  public mutating func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise: NoiseSource
  ) throws -> Tensor {
    let x0 = try denoiser(x, at: t)
    let epsilon = t.epsilon(in: x, of: x0)
    defer { last = epsilon }
    guard s.sigma > 0, t.alpha > 0, let last else { return t.moved(x, to: s, x0: x0) }
    return t.moved(x, to: s, epsilon: gamma * epsilon + (1 - gamma) * last)
  }
}
