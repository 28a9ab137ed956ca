public import Torch

/// DPM-Solver and DPM-Solver++ with the memory of one or two steps.
///
/// Lu et al. 2022a, https://arxiv.org/abs/2206.00927, integrates the noise, Lu et al. 2022b,
/// https://arxiv.org/abs/2211.01095, the clean sample; one evaluation a step. What the values of
/// the last steps say of the next one is put together by a ``Rule``. The first step, a step from
/// pure noise and one to a clean level are of first order, and a step from pure noise is not
/// remembered, because it is infinitely long in `lambda`.
public struct DPMSolverMultistep: Sampler {
  /// How the integral over a step is taken.
  ///
  /// A polynomial's second derivative is twice its second divided difference. Lu et al.'s
  /// third-order method takes it once, as in diffusers 0.42.1
  /// (`multistep_dpm_solver_third_order_update`) and k-diffusion 0.1.1 (`sample_dpmpp_3m_sde`), and
  /// so is of second order, though often the better one at less than 100 steps.
  public enum Rule: String, Sendable, Hashable, Codable, CaseIterable {
    /// With two values the midpoint rule, with three the second difference once: diffusers'
    /// `solver_type="midpoint"`.
    case midpoint
    /// With two values the exact integral, with three the second difference once: diffusers'
    /// `solver_type="heun"`, and k-diffusion's 3M.
    case heun
    /// The exact integral of the polynomial, of third order with three values.
    ///
    /// With two values of `x0` it is the refined exponential solver of Zhang et al. 2023,
    /// https://arxiv.org/abs/2308.02157, ComfyUI's `res_multistep`, here on every path.
    case exact
  }

  /// The number of values that a step uses, from 1 to 3.
  public let values: Int

  /// What is integrated.
  public let prediction: IntegratedPrediction

  /// How it is integrated.
  public let rule: Rule

  private var history = History()

  /// The number of values, but 2 for three of them whose second difference is taken once.
  public var order: Int { rule == .exact ? values : min(values, 2) }

  /// The flow is deterministic.
  public var isStochastic: Bool { false }

  /// The sampler, without a memory yet.
  ///
  /// - Parameters:
  ///   - values: The number of values that a step uses, from 1 to 3.
  ///   - prediction: What is integrated.
  ///   - rule: How it is integrated.
  public init(values: Int, prediction: IntegratedPrediction = .x0, rule: Rule = .midpoint) {
    precondition((1...3).contains(values), "\(values) values: expected 1 to 3")
    self.values = values
    self.prediction = prediction
    self.rule = rule
  }

  /// Integrates the polynomial through the latest predictions from `t` to `s`.
  public mutating func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise: NoiseSource
  ) throws -> Tensor {
    let x0 = try denoiser(x, at: t)
    guard s.sigma > 0, t.alpha > 0 else { return t.moved(x, to: s, x0: x0) }
    history.add(prediction.value(x0, of: x, at: t), at: t, keeping: values)
    let step = ExponentialStep(prediction: prediction, t: t, s: s)
    return step(
      x, through: history.values, at: history.entries.map { step.position(of: $0.level) },
      moments: moments(of: step))
  }

  private func moments(of step: ExponentialStep) -> [Double] {
    switch (rule, history.count) {
    case (.midpoint, 2): return step.midpointMoments
    case (.midpoint, 3), (.heun, 3):
      let exact = step.exactMoments(3)
      return [exact[0], exact[1], exact[2] / 2]
    default: return step.exactMoments(history.count)
    }
  }
}
