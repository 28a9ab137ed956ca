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
      name: "heunpp2", summary: "deterministic, first order, three evaluations a step",
      item: HeunPlusPlus()),
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
      name: "tab-deis", summary: "deis over a process's time instead of the log-SNR",
      item: DEIS(over: .time(VariancePreserving.song))),
    CatalogEntry(
      name: "unipc", summary: "deterministic, third order with a corrector, one evaluation a step",
      item: UniPC()),
    CatalogEntry(
      name: "unipc-bh1", summary: "unipc with the paper's other B(h)", item: UniPC(kind: .bh1)),
    CatalogEntry(
      name: "unipc-3", summary: "unipc with one value more", item: UniPC(values: 3)),
    CatalogEntry(
      name: "res-multistep", summary: "deterministic, second order, one evaluation a step",
      item: DPMSolverMultistep(values: 2, rule: .exact)),
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
      item: DEIS(order: 4, over: .sigma)),
    CatalogEntry(
      name: "gradient-estimation", summary: "deterministic, first order, beyond the gradient",
      item: GradientEstimation()),
    CatalogEntry(
      name: "rk4", summary: "deterministic, fourth order, four evaluations a step: a reference",
      item: RungeKutta4()),
    CatalogEntry(
      name: "euler-ancestral", summary: "Euler's method with fresh noise in each step",
      item: Ancestral(Euler())),
    CatalogEntry(
      name: "euler-ancestral-flow", summary: "the same, split as for rectified flows",
      item: Ancestral(Euler(), split: .flow)),
    CatalogEntry(
      name: "dpm2-ancestral",
      summary: "the midpoint method with fresh noise, two evaluations a step",
      item: Ancestral(DPM2())),
    CatalogEntry(
      name: "dpmpp-2s-ancestral",
      summary: "DPM-Solver++ single-step with fresh noise, two evaluations a step",
      item: Ancestral(DPMSolverSinglestep(order: 2))),
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
      name: "seeds-3", summary: "DPM-Solver++ along a Brownian path, three evaluations a step",
      item: SEEDS3()),
    CatalogEntry(
      name: "heun-stochastic", summary: "EDM's: noise, then Heun's method, two evaluations a step",
      item: Churned(Heun())),
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
      name: "euler-maruyama", summary: "the variance-preserving process backwards, first order",
      item: EulerMaruyama(VariancePreserving.song)),
    CatalogEntry(
      name: "reverse-diffusion", summary: "the noising chain's own coefficients backwards",
      item: PredictorCorrector(predictor: .reverseDiffusion, corrections: 0)),
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
