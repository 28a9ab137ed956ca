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
  /// Karras' distribution of `sigma / alpha` between those of the first and the last timestep,
  /// through fractional timesteps (Karras et al. 2022, equation 5; k-diffusion's
  /// `get_sigmas_karras`).
  case karras(rho: Double = 7)

  /// The timesteps of `steps` steps over a chain of `count`, noisiest first.
  func timesteps(_ steps: Int, of count: Int) -> [Int] {
    switch self {
    case .leading(let offset):
      (0..<steps).reversed().map { min($0 * (count / steps) + offset, count - 1) }
    case .trailing, .karras:
      (0..<steps).map { index in
        let position = Double(count) - Double(index) * (Double(count) / Double(steps))
        return Int(position.rounded(.toNearestOrEven)) - 1
      }
    case .linspace:
      Diffusion.linspace(Double(count - 1), 0, steps).map {
        Int($0.rounded(.toNearestOrEven))
      }
    }
  }
}
