public import Torch

/// A denoiser guided away from worse versions of itself: `x0 + Σ (scale - 1) · (x0 - worse)`.
///
/// What makes the worse version worse is up to it:
/// - less training or a smaller network: autoguidance, Karras et al. 2024,
///   https://arxiv.org/abs/2406.02507;
/// - attention that sees only itself: perturbed-attention guidance, Ahn et al. 2024,
///   https://arxiv.org/abs/2403.17377, whose `s` is `scale - 1`;
/// - attention with blurred queries: smoothed energy guidance, Hong 2024,
///   https://arxiv.org/abs/2408.00760;
/// - left-out layers: skip-layer guidance (Stable Diffusion 3.5);
/// - another modality left out: LTX-2's guidance of sound and picture;
/// - no prompt: classifier-free guidance, so that both go together as in those papers.
///
/// With one worse version it is ``Guided`` by ``LinearGuidance``. diffusers counts `s` as
/// `scale - 1` if there is classifier-free guidance as well and as `scale` if there is none; here
/// it is `scale`, and 1 is off, in both.
public struct GuidedAway<Base: Denoiser>: Denoiser {
  /// A worse version, and how far to keep away from it.
  public struct Worse {
    /// The worse version.
    public let denoiser: any Denoiser

    /// The guidance scale; 1 is off.
    public let scale: Double

    /// A worse version with its guidance scale.
    public init(_ denoiser: any Denoiser, scale: Double) {
      self.denoiser = denoiser
      self.scale = scale
    }
  }

  private let base: Base
  private let worse: [Worse]
  private let rescale: Double

  /// The denoiser that keeps away from worse versions; those with a scale of 1 are not called.
  ///
  /// - Parameters:
  ///   - base: The denoiser that is guided.
  ///   - worse: What it keeps away from.
  ///   - rescale: How much of the change of deviation is undone, as in ``RescaledGuidance``: from 0
  ///     to 1.
  public init(_ base: Base, from worse: [Worse], rescale: Double = 0) {
    precondition((0...1).contains(rescale), "rescale \(rescale) is not between 0 and 1")
    self.base = base
    self.worse = worse.filter { $0.scale != 1 }
    self.rescale = rescale
  }

  /// Estimates `x0` with a call of each denoiser.
  public func callAsFunction(_ x: Tensor, at level: NoiseLevel) throws -> Tensor {
    let x0 = try base(x, at: level)
    let guided = try worse.reduce(x0) { sum, worse in
      sum + (worse.scale - 1) * (x0 - (try worse.denoiser(x, at: level)))
    }
    guard rescale > 0, !worse.isEmpty else { return guided }
    return rescaled(guided, towards: x0, factor: rescale).converted(to: x0.dtype)
  }
}
