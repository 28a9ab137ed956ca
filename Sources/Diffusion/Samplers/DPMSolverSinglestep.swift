public import Torch

/// DPM-Solver and DPM-Solver++ with two or three evaluations inside each step.
///
/// DPM-Solver-2 and -3 (Lu et al. 2022a, algorithms 1 and 2, https://arxiv.org/abs/2206.00927) and
/// DPM-Solver++(2S) (Lu et al. 2022b, algorithm 1, https://arxiv.org/abs/2211.01095), with the
/// further evaluations at a half of the step in `lambda`, or at a third and two thirds;
/// k-diffusion's `dpm_solver_2_step`, `dpm_solver_3_step` and `sample_dpmpp_2s_ancestral` with
/// `eta = 0`. A step from pure noise or to a clean level is of first order, with one evaluation.
public struct DPMSolverSinglestep: Sampler {
  /// The number of evaluations in a step, 2 or 3.
  public let order: Int

  /// What is integrated.
  public let prediction: IntegratedPrediction

  /// The flow is deterministic.
  public var isStochastic: Bool { false }

  /// The sampler of order 2 or 3.
  public init(order: Int, prediction: IntegratedPrediction = .x0) {
    precondition((2...3).contains(order), "order \(order): expected 2 or 3")
    self.order = order
    self.prediction = prediction
  }

  /// Evaluates inside the step, and integrates what was found from `t` to `s`.
  public func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise: NoiseSource
  ) throws -> Tensor {
    let x0 = try denoiser(x, at: t)
    guard s.sigma > 0, t.alpha > 0 else { return t.moved(x, to: s, x0: x0) }
    func value(_ x: Tensor, at level: NoiseLevel) throws -> Tensor {
      prediction.value(try denoiser(x, at: level), of: x, at: level)
    }
    let first = prediction.value(x0, of: x, at: t)
    let step = ExponentialStep(prediction: prediction, t: t, s: s)
    guard order == 3 else {
      let middle = t.towards(s, part: 0.5)
      let second = try value(t.moved(x, to: middle, x0: x0), at: middle)
      return step(x, through: [first, second], at: [0, 0.5], moments: step.midpointMoments)
    }
    let (third, twoThirds) = (t.towards(s, part: 1.0 / 3), t.towards(s, part: 2.0 / 3))
    let second = try value(t.moved(x, to: third, x0: x0), at: third)
    let inner = ExponentialStep(prediction: prediction, t: t, s: twoThirds)
    let x2 = inner(x, through: [first, second], at: [0, 0.5], moments: inner.exactMoments(2))
    let last = try value(x2, at: twoThirds)
    return step(x, through: [first, last], at: [0, 2.0 / 3], moments: step.exactMoments(2))
  }
}
