/// Something that a user chooses by its name.
public struct CatalogEntry<Item: Sendable>: Sendable {
  /// The name, in lower case with hyphens.
  public let name: String

  /// What it is, in a few words.
  public let summary: String

  /// The thing itself.
  public let item: Item
}

/// The samplers, by name.
public enum Samplers {
  /// Every sampler.
  public static let all: [CatalogEntry<any Sampler>] = [
    CatalogEntry(
      name: "ddpm", summary: "ancestral, with the posterior's variance", item: DDPM()),
    CatalogEntry(
      name: "ddpm-large", summary: "ancestral, with the noising chain's variance",
      item: DDPM(variance: .noising)),
    CatalogEntry(name: "ddim", summary: "deterministic, first order", item: DDIM()),
    CatalogEntry(name: "euler", summary: "deterministic, first order", item: Euler()),
    CatalogEntry(
      name: "heun", summary: "deterministic, second order, two evaluations a step", item: Heun()),
    CatalogEntry(
      name: "dpmpp-2m", summary: "deterministic, second order, one evaluation a step",
      item: DPMSolverPlusPlus2M()),
  ]

  /// The sampler of a name, or an error with the nearest names.
  public static func named(_ name: String) throws(CatalogError) -> any Sampler {
    try find(name, among: all, kind: "sampler")
  }
}

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
    CatalogEntry(name: "flow-linear-quadratic", summary: "the straight path, slow at its start") {
      try FlowSchedule(spacing: .linearQuadratic())
    },
  ]

  /// The schedule of a name, or an error with the nearest names.
  public static func named(_ name: String) throws -> any NoiseSchedule {
    try find(name, among: all, kind: "schedule")()
  }
}

/// Which timesteps of a discrete chain a sampler visits, by name.
public enum Spacings {
  /// Every spacing but the lists of one's own.
  public static let all: [CatalogEntry<TimestepSpacing>] = [
    CatalogEntry(name: "leading", summary: "multiples of a whole step", item: .leading()),
    CatalogEntry(name: "trailing", summary: "equal steps from the last timestep", item: .trailing),
    CatalogEntry(name: "linspace", summary: "equal steps between both ends", item: .linspace),
    CatalogEntry(
      name: "sgm-uniform", summary: "equal fractional steps, without the first timestep",
      item: .sgmUniform),
    CatalogEntry(name: "simple", summary: "equal steps through the table", item: .simple),
    CatalogEntry(name: "karras", summary: "equal steps of sigma^(1/7)", item: .karras()),
    CatalogEntry(
      name: "exponential", summary: "equal steps of ln(sigma), so of the log-SNR",
      item: .sigmas(.exponential)),
    CatalogEntry(
      name: "polyexponential", summary: "ln(sigma) by the square of the way left",
      item: .sigmas(.polyexponential(rho: 2))),
    CatalogEntry(
      name: "beta", summary: "quantiles of a Beta distribution over sigma",
      item: .sigmas(.beta())),
    CatalogEntry(
      name: "kl-optimal", summary: "equal steps of atan(sigma)", item: .sigmas(.klOptimal)),
    CatalogEntry(
      name: "align-your-steps", summary: "optimised for Stable Diffusion 1.5",
      item: .sigmas(.table(AlignYourSteps.stableDiffusion))),
    CatalogEntry(
      name: "align-your-steps-xl", summary: "optimised for Stable Diffusion XL",
      item: .sigmas(.table(AlignYourSteps.stableDiffusionXL))),
    CatalogEntry(
      name: "align-your-steps-if", summary: "optimised for DeepFloyd IF",
      item: .sigmas(.table(AlignYourSteps.deepFloyd))),
    CatalogEntry(
      name: "align-your-steps-video", summary: "optimised for Stable Video Diffusion",
      item: .sigmas(.table(AlignYourSteps.stableVideoDiffusion))),
  ]

  /// The spacing of a name, or an error with the nearest names.
  public static func named(_ name: String) throws(CatalogError) -> TimestepSpacing {
    try find(name, among: all, kind: "spacing")
  }
}

/// The continuous processes with their usual parameters, by name.
public enum Processes {
  /// Every process and how it is made.
  public static let all: [CatalogEntry<@Sendable () throws -> any NoiseProcess>] = [
    CatalogEntry(name: "vp", summary: "variance-preserving, linear beta") {
      try VariancePreserving()
    },
    CatalogEntry(name: "vp-cosine", summary: "variance-preserving, a cosine") {
      try CosineProcess()
    },
    CatalogEntry(name: "sub-vp", summary: "less variance than \"vp\"") {
      try SubVariancePreserving()
    },
    CatalogEntry(name: "ve", summary: "variance-exploding, equal ratios") {
      try VarianceExploding()
    },
    CatalogEntry(name: "edm", summary: "variance-exploding, time is sigma") {
      try EDMProcess()
    },
    CatalogEntry(name: "flow", summary: "the marginals of the straight path") { FlowProcess() },
  ]

  /// The process of a name, or an error with the nearest names.
  public static func named(_ name: String) throws -> any NoiseProcess {
    try find(name, among: all, kind: "process")()
  }
}

/// A name that no catalogue entry has.
public struct CatalogError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What was looked for, such as `sampler`.
  public let kind: String

  /// The name that was given.
  public let name: String

  /// The names that are most like it, most alike first; empty if none is.
  public let nearest: [String]

  /// Every name there is.
  public let known: [String]

  /// What was found, and what it may have been meant to be.
  public var description: String {
    let hint =
      nearest.isEmpty ? "" : " Did you mean \(nearest.joined(separator: " or "))?"
    return "there is no \(kind) \"\(name)\".\(hint) Known: \(known.joined(separator: ", "))."
  }
}

private func find<Item>(
  _ name: String, among entries: [CatalogEntry<Item>], kind: String
) throws(CatalogError) -> Item {
  guard let entry = entries.first(where: { $0.name == name }) else {
    let known = entries.map(\.name)
    throw CatalogError(
      kind: kind, name: name, nearest: nearestNames(to: name, among: known), known: known)
  }
  return entry.item
}
