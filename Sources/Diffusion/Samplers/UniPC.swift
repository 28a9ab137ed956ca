public import Torch

/// UniPC: a multistep predictor, and a corrector that costs no evaluation.
///
/// Zhao et al. 2023, https://arxiv.org/abs/2302.04867, in the data-prediction form with `B(h)`
/// (diffusers' `UniPCMultistepScheduler`). When a step begins, its evaluation first corrects the
/// samples that the last step predicted (UniC), and then predicts the next ones (UniP). Of `order`
/// values the predictor makes the exact integral of the polynomial, the corrector adds the new
/// value; so `B(h)` matters only where the paper replaces a weight by 1/2: in the predictor of two
/// values and the corrector of one. The samples after a step are predictions that are not corrected
/// yet. One evaluation a step. A step from pure noise or to a clean level is of first order.
public struct UniPC: Sampler {
  /// The function `B(h)`.
  public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
    /// `B(h) = h`.
    case bh1
    /// `B(h) = e^h - 1`.
    case bh2
  }

  /// The number of values that the predictor uses, from 1 to 3.
  public let values: Int

  /// The function `B(h)`.
  public let kind: Kind

  private var history = History()
  private var last: (level: NoiseLevel, x: Tensor)?

  /// One more than ``values`` by the corrector, but at most 3, because the first two steps are of
  /// lower order.
  public var order: Int { min(values + 1, 3) }

  /// The flow is deterministic.
  public var isStochastic: Bool { false }

  /// The sampler, without a memory yet.
  ///
  /// - Parameters:
  ///   - values: The number of values that the predictor uses, from 1 to 3.
  ///   - kind: The function `B(h)`.
  public init(values: Int = 2, kind: Kind = .bh2) {
    precondition((1...3).contains(values), "\(values) values: expected 1 to 3")
    self.values = values
    self.kind = kind
  }

  /// Corrects the samples at `t`, and predicts those at `s`.
  public mutating func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise: NoiseSource
  ) throws -> Tensor {
    let x0 = try denoiser(x, at: t)
    let x = corrected(x, at: t, x0: x0)
    guard s.sigma > 0, t.alpha > 0 else { return t.moved(x, to: s, x0: x0) }
    history.add(x0, at: t, keeping: values)
    last = (t, x)
    let step = ExponentialStep(prediction: .x0, t: t, s: s)
    return step(
      x, through: history.values, at: history.entries.map { step.position(of: $0.level) },
      moments: history.count == 2 ? simplified(step) : step.exactMoments(history.count))
  }

  /// The samples at `t` by the last step again, now that the estimate at its end is known.
  private func corrected(_ x: Tensor, at t: NoiseLevel, x0: Tensor) -> Tensor {
    guard let last else { return x }
    let step = ExponentialStep(prediction: .x0, t: last.level, s: t)
    let nodes = history.entries.map { step.position(of: $0.level) }
    return step(
      last.x, through: history.values + [x0], at: nodes + [1],
      moments: history.count == 1 ? simplified(step) : step.exactMoments(history.count + 1))
  }

  /// The moments with which the second value's weight is `B(h) / 2h`.
  private func simplified(_ step: ExponentialStep) -> [Double] {
    kind == .bh2 ? step.midpointMoments : [phi(1, step.z), 0.5]
  }
}
