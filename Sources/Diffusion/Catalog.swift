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
