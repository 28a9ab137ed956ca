/// Which timesteps of a discrete chain a sampler visits.
///
/// Lin et al. 2024, table 2, https://arxiv.org/abs/2305.08891, compares the first three; the names
/// and the rounding are those of diffusers' `timestep_spacing` in its DDIM scheduler.
public enum TimestepSpacing: Sendable, Hashable, Codable {
  /// Multiples of `count / steps`, rounded down, plus an offset (1 in Stable Diffusion). It never
  /// visits the noisiest timesteps.
  case leading(offset: Int = 0)
  /// From the last timestep downwards in equal steps.
  case trailing
  /// From the last to the first timestep, both included, in equal steps.
  case linspace
  /// From the last timestep to the first in equal steps, through fractional timesteps, without the
  /// first; Stability AI's generative models, ComfyUI's `sgm_uniform`.
  case sgmUniform
  /// Equal steps through the table from its end, rounded towards the end; ComfyUI's `simple`.
  case simple
  /// As ``linspace``, through fractional timesteps: ComfyUI's `normal`, stable-diffusion.cpp's
  /// `discrete`, k-diffusion's `DiscreteSchedule.get_sigmas`.
  case uniform
  /// Quantiles of a Beta distribution over the timesteps (Lee et al. 2024,
  /// https://arxiv.org/abs/2407.12173), through fractional timesteps.
  ///
  /// ComfyUI's `beta` and stable-diffusion.cpp's, which round them and leave out those that are
  /// repeated then, so that there are fewer steps than were asked for.
  case beta(alpha: Double = 0.6, beta: Double = 0.6)
  /// Equal steps of `u` for timesteps of `u² (3 - 2u)`, dense at both ends; stable-diffusion.cpp's
  /// `smoothstep`, which rounds them.
  case smoothstep
  /// Every so manieth of the `original` timesteps that a latent consistency model was trained on
  /// (Luo et al. 2023, https://arxiv.org/abs/2310.04378); diffusers' `LCMScheduler`.
  case consistency(original: Int = 50)
  /// Levels of `sigma / alpha` between those of the first and the last timestep, through
  /// fractional timesteps.
  case sigmas(SigmaSpacing)
  /// A list of one's own, noisiest first, for as many steps as it has timesteps.
  case custom([Double])

  /// Karras' distribution of `sigma / alpha` between those of the first and the last timestep.
  ///
  /// Karras et al. 2022, equation 5; k-diffusion's `get_sigmas_karras`.
  public static func karras(rho: Double = 7) -> TimestepSpacing { .sigmas(.karras(rho: rho)) }

  /// The timesteps of `steps` steps over a chain of `count`, noisiest first; none for
  /// ``sigmas(_:)``.
  func timesteps(_ steps: Int, of count: Int) -> [Double] {
    switch self {
    case .leading(let offset):
      (0..<steps).reversed().map { Double(min($0 * (count / steps) + offset, count - 1)) }
    case .trailing:
      (0..<steps).map { index in
        let position = Double(count) - Double(index) * (Double(count) / Double(steps))
        return position.rounded(.toNearestOrEven) - 1
      }
    case .linspace:
      Diffusion.linspace(Double(count - 1), 0, steps).map { $0.rounded(.toNearestOrEven) }
    case .sgmUniform: Array(Diffusion.linspace(Double(count - 1), 0, steps + 1).dropLast())
    case .simple:
      (0..<steps).map { index in
        Double(count - 1) - (Double(index) * (Double(count) / Double(steps))).rounded(.down)
      }
    case .uniform: Diffusion.linspace(Double(count - 1), 0, steps)
    case .beta(let alpha, let beta):
      (0..<steps).map { index in
        Double(count - 1)
          * BetaDistribution(alpha, beta).quantile(1 - Double(index) / Double(steps))
      }
    case .smoothstep:
      (0..<steps).map { index in
        let u = 1 - Double(index) / Double(steps)
        return u * u * (3 - 2 * u) * Double(count - 1)
      }
    case .consistency(let original):
      (0..<steps).map { index in
        Double((original - index * original / steps) * (count / original) - 1)
      }
    case .sigmas: []
    case .custom(let timesteps): timesteps
    }
  }
}
