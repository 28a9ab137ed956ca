public import Torch

/// A step back in time, then steps of Langevin's dynamics at the level reached.
///
/// Song et al. 2021, https://arxiv.org/abs/2011.13456, for every path at once: the step sizes are
/// in units of the noise, so that variance-preserving and -exploding samples differ by their unit
/// only. Where the paper's corrector for variance-preserving chains has a factor `1 - beta`, this
/// does not.
///
/// A corrector's step `x + h · score + sqrt(2h) · z` leaves normal data of variance `v` at
/// `v / (1 - h / (2v))` (the discretisation's bias), so with a fixed signal-to-noise ratio more
/// steps leave an error.
public struct PredictorCorrector: Sampler {
  /// The step back in time.
  public enum Predictor: String, Sendable, Hashable, Codable, CaseIterable {
    /// From the posterior, as ``DDPM``: the paper's equation 47.
    case ancestral
    /// The noising step `x_t = a · x_s + g · z`, discretised backwards with the same coefficients:
    /// `(2 - a) · x_t + g² · score + g · z`, the paper's equation 46 in the unit of the levels.
    ///
    /// With `alpha = 1` that is the predictor of variance-exploding chains and diffusers'
    /// `ScoreSdeVeScheduler`, with `a = sqrt(1 - beta)` that of variance-preserving ones. From pure
    /// noise, where it has no limit, it is ancestral.
    case reverseDiffusion
    /// None: the samples are taken for those of the next level as they are, and only corrected.
    ///
    /// The paper's "corrector only"; from a pure noise it is ancestral, as it is to a clean level.
    case none
  }

  /// How long a step of the corrector is.
  public enum StepSize: Sendable, Hashable, Codable {
    /// `2 · (ratio · sigma)²`: the paper's, with the norms that are expected for noise alone.
    case ratio(Double)
    /// `2 · (ratio · |z| / |score|)²`, of each sample's own norms; the paper and diffusers take
    /// their means over a batch, on which a sample should not depend.
    case norms(Double)
    /// `rate · h · sigma²` for a step of length `h` in half ``NoiseLevel/logSNR``, at most
    /// `sigma²`: an error that falls with the step.
    case proportional(Double)
  }

  /// The step back in time.
  public let predictor: Predictor

  /// How many steps the corrector makes at each level.
  public let corrections: Int

  /// How long they are.
  public let stepSize: StepSize

  /// 1 if the corrector's steps become shorter with the predictor's, or there is none, else 0; and
  /// 0 without a predictor.
  public var order: Int {
    if case .proportional = stepSize, predictor != .none { return 1 }
    return corrections == 0 && predictor != .none ? 1 : 0
  }

  /// Every step but the last draws noise.
  public var isStochastic: Bool { true }

  /// The sampler.
  ///
  /// - Parameters:
  ///   - predictor: The step back in time.
  ///   - corrections: How many steps the corrector makes at each level.
  ///   - stepSize: How long they are; the paper's ratio is 0.16 for CIFAR-10.
  public init(
    predictor: Predictor = .ancestral, corrections: Int = 1, stepSize: StepSize = .ratio(0.16)
  ) {
    precondition(corrections >= 0, "\(corrections) corrections")
    self.predictor = predictor
    self.corrections = corrections
    self.stepSize = stepSize
  }

  /// Steps back in time, and corrects; a step to a clean level is the estimate.
  public func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise: NoiseSource
  ) throws -> Tensor {
    var x = try predicted(x, from: t, to: s, denoiser: denoiser, noise: noise)
    guard s.sigma > 0 else { return x }
    for _ in 0..<corrections {
      let epsilon = s.epsilon(in: x, of: try denoiser(x, at: s))
      let z = noise.normal(like: x)
      switch stepSize {
      case .ratio(let ratio):
        x = langevin(x, epsilon: epsilon, z: z, length: 2 * ratio * ratio, at: s)
      case .proportional(let rate):
        let length = min(rate * (s.logSNR - t.logSNR) / 2, 1)
        x = langevin(x, epsilon: epsilon, z: z, length: length, at: s)
      case .norms(let ratio):
        // The score is -epsilon / sigma.
        let root = (ratio * s.sigma) * norm(z) / norm(epsilon)
        x = x - (2 / s.sigma) * root * root * epsilon + 2 * root * z
      }
    }
    return x
  }

  private func predicted(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser, noise: NoiseSource
  ) throws -> Tensor {
    guard predictor != .ancestral, t.alpha > 0, s.sigma > 0 else {
      return try DDPM().step(x, from: t, to: s, denoiser: denoiser, noise: noise)
    }
    guard predictor == .reverseDiffusion else { return x }
    let score = t.score(in: x, of: try denoiser(x, at: t))
    let added = t.varianceAdded(since: s)
    let mean = (2 - t.alpha / s.alpha) * x + added * score
    return mean + added.squareRoot() * noise.normal(like: x)
  }

  /// A step of Langevin's dynamics, its length in units of `sigma²`.
  private func langevin(
    _ x: Tensor, epsilon: Tensor, z: Tensor, length: Double, at s: NoiseLevel
  ) -> Tensor {
    x - (length * s.sigma) * epsilon + ((2 * length).squareRoot() * s.sigma) * z
  }
}
