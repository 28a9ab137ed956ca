internal import Diffusion

/// How diffusers' schedulers of a kind place the timesteps that a sampler visits.
///
/// The same word, such as `leading`, means other timesteps for each kind.
enum TimestepConvention: Sendable, Hashable {
  /// DDIM, DDPM and PNDM: whole timesteps, down to the chain's first or to no noise.
  case chain
  /// Euler, Heun, LMS and k-diffusion's others: in Karras' variables, with fractional timesteps.
  case karras
  /// DPM-Solver, DEIS, UniPC, SA-Solver: whole timesteps, one more than there are steps, of which
  /// the cleanest is left out.
  case solver
  /// LCM and TCD: some of those that a consistency model was trained on.
  case consistency

  /// The convention of a sampler.
  init(sampler: String) {
    self =
      switch sampler {
      case "ddim", "ddpm", "ddpm-large", "plms", "pndm": .chain
      case "lcm", "tcd": .consistency
      case _ where Self.solvers.contains(sampler): .solver
      default: .karras
      }
  }

  private static let solvers: Set<String> = [
    "dpmpp-2m", "dpmpp-3m", "dpmpp-3m-corrected", "dpmpp-2s", "dpmpp-3s", "dpm-2m", "dpm-3m",
    "dpm-3s", "dpmpp-2m-sde", "dpmpp-2m-sde-heun", "dpm-2m-sde", "res-multistep", "deis",
    "tab-deis", "unipc", "unipc-bh1", "unipc-3", "sa-solver",
  ]

  /// The spacing that is usual.
  var spacing: SchedulerConfiguration.Spacing {
    self == .chain || self == .consistency ? .leading : .linspace
  }

  /// The timesteps of so many steps over a chain of `count`, noisiest first.
  func spacing(
    _ spacing: SchedulerConfiguration.Spacing, _ steps: Int, of count: Int, offset: Int
  ) -> TimestepSpacing {
    switch (self, spacing) {
    case (.solver, .leading):
      let stride = count / (steps + 1)
      return .custom(
        (1...max(steps, 1)).reversed().map { Double(min($0 * stride + offset, count - 1)) })
    case (.solver, .linspace):
      let last = Double(count - 1)
      return .custom(
        (1...max(steps, 1)).reversed().map {
          (last * Double($0) / Double(steps)).rounded(.toNearestOrEven)
        })
    case (.karras, .linspace): return .uniform
    case (_, .leading): return .leading(offset: offset)
    case (_, .trailing): return .trailing
    case (_, .linspace): return .linspace
    }
  }
}
