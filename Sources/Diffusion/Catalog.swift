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
    CatalogEntry(
      name: "dpmpp-3m", summary: "deterministic, as published: second order, one evaluation a step",
      item: DPMSolverMultistep(values: 3, rule: .heun)),
    CatalogEntry(
      name: "dpmpp-3m-corrected", summary: "deterministic, third order, one evaluation a step",
      item: DPMSolverMultistep(values: 3, rule: .exact)),
    CatalogEntry(
      name: "dpmpp-2s", summary: "deterministic, second order, two evaluations a step",
      item: DPMSolverSinglestep(order: 2)),
    CatalogEntry(
      name: "dpmpp-3s", summary: "deterministic, third order, three evaluations a step",
      item: DPMSolverSinglestep(order: 3)),
    CatalogEntry(
      name: "dpm-2m", summary: "deterministic, second order in the noise, one evaluation a step",
      item: DPMSolverMultistep(values: 2, prediction: .epsilon)),
    CatalogEntry(
      name: "dpm-3m", summary: "dpm-2m with one value more, as published: second order",
      item: DPMSolverMultistep(values: 3, prediction: .epsilon)),
    CatalogEntry(
      name: "dpm2", summary: "deterministic, second order, two evaluations a step", item: DPM2()),
    CatalogEntry(
      name: "dpm-3s", summary: "deterministic, third order in the noise, three evaluations a step",
      item: DPMSolverSinglestep(order: 3, prediction: .epsilon)),
    CatalogEntry(
      name: "dpm-fast", summary: "deterministic, steps of third order over three levels each",
      item: DPMFast()),
    CatalogEntry(
      name: "dpm-adaptive", summary: "deterministic, as many evaluations as the samples need",
      item: DPMAdaptive()),
    CatalogEntry(
      name: "deis", summary: "deterministic, third order, one evaluation a step", item: DEIS()),
    CatalogEntry(
      name: "unipc", summary: "deterministic, third order with a corrector, one evaluation a step",
      item: UniPC()),
    CatalogEntry(
      name: "unipc-bh1", summary: "unipc with the paper's other B(h)", item: UniPC(kind: .bh1)),
    CatalogEntry(
      name: "unipc-3", summary: "unipc with one value more", item: UniPC(values: 3)),
    CatalogEntry(
      name: "res-multistep", summary: "deterministic, second order, one evaluation a step",
      item: RESMultistep()),
    CatalogEntry(
      name: "res-2s", summary: "deterministic, second order, two evaluations a step",
      item: RES2S()),
    CatalogEntry(
      name: "lms", summary: "deterministic, fourth order, one evaluation a step", item: LMS()),
    CatalogEntry(
      name: "plms", summary: "deterministic, second order, the first step has two evaluations",
      item: PLMS()),
    CatalogEntry(
      name: "pndm", summary: "deterministic, second order, three steps have four evaluations",
      item: PNDM()),
    CatalogEntry(
      name: "ipndm", summary: "deterministic, second order, one evaluation a step",
      item: IPNDM()),
    CatalogEntry(
      name: "ipndm-v", summary: "deterministic, fourth order, one evaluation a step",
      item: IPNDMVariable()),
    CatalogEntry(
      name: "gradient-estimation", summary: "deterministic, first order, beyond the gradient",
      item: GradientEstimation()),
    CatalogEntry(
      name: "rk4", summary: "deterministic, fourth order, four evaluations a step: a reference",
      item: RungeKutta4()),
    CatalogEntry(
      name: "euler-ancestral", summary: "Euler's method with fresh noise in each step",
      item: EulerAncestral()),
    CatalogEntry(
      name: "euler-ancestral-flow", summary: "the same, split as for rectified flows",
      item: EulerAncestral(split: .flow)),
    CatalogEntry(
      name: "dpm2-ancestral",
      summary: "the midpoint method with fresh noise, two evaluations a step",
      item: DPM2Ancestral()),
    CatalogEntry(
      name: "dpmpp-2s-ancestral",
      summary: "DPM-Solver++ single-step with fresh noise, two evaluations a step",
      item: DPMSolverPlusPlus2SAncestral()),
    CatalogEntry(
      name: "dpmpp-sde", summary: "DPM-Solver++ along a Brownian path, two evaluations a step",
      item: DPMSolverPlusPlusSDE()),
    CatalogEntry(
      name: "dpmpp-2m-sde", summary: "DPM-Solver++ along a Brownian path, two steps' memory",
      item: DPMSolverPlusPlus2MSDE()),
    CatalogEntry(
      name: "dpmpp-2m-sde-heun", summary: "the same, by the integral of a straight line",
      item: DPMSolverPlusPlus2MSDE(weights: .heun)),
    CatalogEntry(
      name: "dpmpp-3m-sde", summary: "DPM-Solver++ along a Brownian path, three steps' memory",
      item: DPMSolverPlusPlus3MSDE()),
    CatalogEntry(
      name: "dpmpp-3m-sde-corrected", summary: "the same, its second difference doubled",
      item: DPMSolverPlusPlus3MSDE(isCorrected: true)),
    CatalogEntry(
      name: "dpm-2m-sde", summary: "DPM-Solver along a Brownian path, two steps' memory",
      item: DPMSolver2MSDE()),
    CatalogEntry(
      name: "heun-stochastic", summary: "EDM's: noise, then Heun's method, two evaluations a step",
      item: StochasticHeun()),
    CatalogEntry(
      name: "sa-solver", summary: "stochastic Adams methods, predictor and corrector",
      item: SASolver()),
    CatalogEntry(
      name: "er-sde", summary: "extended reverse-time equations, three steps' memory",
      item: ERSDE()),
    CatalogEntry(
      name: "restart", summary: "Heun's method that goes back up to more noise and down again",
      item: Restart()),
    CatalogEntry(
      name: "lcm", summary: "for latent consistency models, few steps", item: LCM()),
    CatalogEntry(
      name: "tcd", summary: "for trajectory consistency models, few steps", item: TCD()),
    CatalogEntry(
      name: "consistency", summary: "for consistency models, one step or a few",
      item: Consistency()),
    CatalogEntry(
      name: "flow-sde", summary: "a flow with noise along a Brownian path, first order",
      item: FlowSDE()),
    CatalogEntry(
      name: "predictor-corrector",
      summary: "ancestral, with a step of Langevin's dynamics at each level",
      item: PredictorCorrector()),
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
    CatalogEntry(name: "karras", summary: "EDM's levels from 80 to 0.002") {
      try KarrasSchedule()
    },
    CatalogEntry(name: "flow", summary: "the straight path, timesteps of 1000 · t") {
      try FlowSchedule()
    },
  ]

  /// The schedule of a name, or an error with the nearest names.
  public static func named(_ name: String) throws -> any NoiseSchedule {
    try find(name, among: all, kind: "schedule")()
  }
}

/// The guidance rules for a denoiser with a condition and one without, by name.
public enum Guidances {
  /// A rule for a guidance scale, where 1 is off, and for the levels that a run goes through.
  public typealias Make = @Sendable (_ scale: Double, _ levels: [NoiseLevel]) -> any Guidance

  /// Every rule and how it is made.
  public static let all: [CatalogEntry<Make>] = [
    CatalogEntry(name: "cfg", summary: "classifier-free") { scale, _ in
      LinearGuidance(scale: scale)
    },
    CatalogEntry(name: "cfg-rescaled", summary: "keeping the conditional contrast") { scale, _ in
      RescaledGuidance(LinearGuidance(scale: scale))
    },
    CatalogEntry(name: "cfg-interval", summary: "in the middle half of the run") { scale, levels in
      IntervalGuidance(
        LinearGuidance(scale: scale), above: levels[3 * (levels.count - 1) / 4].karrasSigma,
        upTo: levels[(levels.count - 1) / 4].karrasSigma)
    },
    CatalogEntry(
      name: "cfg-plus-plus", summary: "with the unconditional noise; scales up to 1, 0 is off"
    ) { scale, levels in
      PlusPlusGuidance(scale: scale, levels: levels)
    },
    CatalogEntry(name: "cfg-zero-star", summary: "for flows, without a first step") {
      ZeroStarGuidance(scale: $0, zeroDownTo: $1.first)
    },
    CatalogEntry(name: "apg", summary: "adaptive projected, with momentum") { scale, _ in
      ProjectedGuidance(scale: scale, momentum: -0.5)
    },
    CatalogEntry(name: "tcfg", summary: "tangential") { scale, _ in
      TangentialGuidance(scale: scale)
    },
    CatalogEntry(name: "mambo-g", summary: "weaker where the estimates differ") { scale, _ in
      MagnitudeAwareGuidance(scale: scale)
    },
  ]

  /// How the rule of a name is made, or an error with the nearest names.
  public static func named(_ name: String) throws(CatalogError) -> Make {
    try find(name, among: all, kind: "guidance")
  }
}

/// The ways to sample what is left of a prior once it was measured, by name.
public enum InverseMethods {
  /// A sampler and the denoiser to give it.
  public struct Method {
    /// The sampler.
    public let sampler: any Sampler

    /// The denoiser.
    public let denoiser: any Denoiser
  }

  /// A method for the denoiser of all data and for what was measured.
  public typealias Make =
    @Sendable (
      _ prior: any Denoiser, _ measurement: LinearMeasurement
    ) -> Method

  /// Every method and how it is made.
  public static let all: [CatalogEntry<Make>] = [
    CatalogEntry(name: "replacement", summary: "what is known, noised, after every step") {
      Method(sampler: Replacement(DDPM(), measurement: $1), denoiser: $0)
    },
    CatalogEntry(name: "repaint", summary: "replacement, ten times each step") {
      Method(sampler: RePaint(DDPM(), measurement: $1, jump: 1), denoiser: $0)
    },
    CatalogEntry(name: "dps", summary: "down the gradient of the misfit, after every step") {
      Method(sampler: DPS(DDPM(), measurement: $1), denoiser: $0)
    },
    CatalogEntry(name: "pigdm", summary: "pseudo-inverse guidance, exact for unit normal data") {
      func guided(_ prior: some Denoiser, _ measurement: LinearMeasurement) -> any Denoiser {
        PiGDM(prior, measurement: measurement)
      }
      return Method(sampler: DDIM(), denoiser: guided($0, $1))
    },
    CatalogEntry(name: "ddnm", summary: "what is known in every estimate, without noise") {
      func known(_ prior: some Denoiser, _ measurement: LinearMeasurement) -> any Denoiser {
        DDNM(prior, measurement: measurement)
      }
      return Method(sampler: DDPM(), denoiser: known($0, $1))
    },
    CatalogEntry(name: "ddnm-plus", summary: "as ddnm, with measurement noise") {
      Method(sampler: DDNMPlus(measurement: $1), denoiser: $0)
    },
  ]

  /// How the method of a name is made, or an error with the nearest names.
  public static func named(_ name: String) throws(CatalogError) -> Make {
    try find(name, among: all, kind: "inverse method")
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
