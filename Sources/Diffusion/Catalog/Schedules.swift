/// The noise schedules with their usual parameters, by name.
public enum Schedules {
  /// Every schedule and how it is made.
  public static let all: [CatalogEntry<@Sendable () throws -> any NoiseSchedule>] = [
    CatalogEntry(name: "linear", summary: "DDPM's chain of 1000 timesteps") {
      try DiscreteSchedule(.linear())
    },
    CatalogEntry(name: "scaled-linear", summary: "Stable Diffusion's chain of 1000 timesteps") {
      try DiscreteSchedule(.scaledLinear())
    },
    CatalogEntry(name: "cosine", summary: "a squared cosine over 1000 timesteps") {
      try DiscreteSchedule(.cosine())
    },
    CatalogEntry(name: "sigmoid", summary: "GeoDiff's chain of 1000 timesteps") {
      try DiscreteSchedule(.sigmoid())
    },
    CatalogEntry(name: "laplace", summary: "a log-SNR by Laplace's density, 1000 timesteps") {
      try DiscreteSchedule(.laplace())
    },
    CatalogEntry(name: "constant-beta", summary: "diffusers' \"exp\": 1000 equal variances") {
      try DiscreteSchedule(.exponential())
    },
    CatalogEntry(name: "zero-terminal", summary: "scaled linear, rescaled to end without signal") {
      try DiscreteSchedule(.scaledLinear()).withZeroTerminalSNR()
    },
    CatalogEntry(name: "vp", summary: "the variance-preserving process of a linear beta") {
      try ContinuousSchedule(VariancePreserving())
    },
    CatalogEntry(name: "vp-cosine", summary: "the variance-preserving process of a cosine") {
      try ContinuousSchedule(CosineProcess())
    },
    CatalogEntry(name: "sub-vp", summary: "the process with less variance than \"vp\"") {
      try ContinuousSchedule(SubVariancePreserving())
    },
    CatalogEntry(name: "ve", summary: "the variance-exploding process from 0.01 to 50") {
      try ContinuousSchedule(VarianceExploding(), earliest: 0)
    },
    CatalogEntry(name: "exponential", summary: "levels from 80 to 0.002 in equal ratios") {
      try SigmaSchedule(.exponential)
    },
    CatalogEntry(name: "polyexponential", summary: "as \"exponential\", with the ramp squared") {
      try SigmaSchedule(.polyexponential(rho: 2))
    },
    CatalogEntry(name: "kl-optimal", summary: "levels from 80 to 0.002, equidistant in atan") {
      try SigmaSchedule(.klOptimal)
    },
    CatalogEntry(name: "karras", summary: "EDM's levels from 80 to 0.002") {
      try KarrasSchedule()
    },
    CatalogEntry(name: "flow", summary: "the straight path, timesteps of 1000 · t") {
      try FlowSchedule()
    },
    CatalogEntry(name: "flow-beta", summary: "the straight path, by a Beta distribution") {
      try FlowSchedule(spacing: .beta())
    },
    CatalogEntry(name: "flow-logit-normal", summary: "the straight path, by a logit-normal one") {
      try FlowSchedule(spacing: .logitNormal())
    },
    CatalogEntry(name: "flow-linear-quadratic", summary: "the straight path, slow at its start") {
      try FlowSchedule(spacing: .linearQuadratic())
    },
  ]

  /// The schedule of a name, or an error with the nearest names.
  public static func named(_ name: String) throws -> any NoiseSchedule {
    try find(name, among: all, kind: "schedule")()
  }
}
