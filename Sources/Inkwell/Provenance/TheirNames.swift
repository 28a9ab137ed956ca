/// What other programs call samplers and spacings, and what they are here.
///
/// The rows are those of the table in the library Diffusion's article.
enum TheirNames {
  /// A sampler of AUTOMATIC1111's program, ComfyUI, InvokeAI or NovelAI, and the spacing that its
  /// name may end with.
  static func sampler(
    _ theirs: String
  ) -> (sampler: PictureSettings.Named, spacing: PictureSettings.Named?) {
    var name = theirs.lowercased()
    var ending: PictureSettings.Named?
    for (end, spacing) in [
      (" karras", "karras"), (" exponential", "exponential"), ("_karras", "karras"),
      ("_k", "karras"),
    ] where name.hasSuffix(end) {
      name = String(name.dropLast(end.count))
      ending = PictureSettings.Named(theirs: String(theirs.suffix(end.count - 1)), ours: spacing)
      break
    }
    if name.hasPrefix("k_") { name = String(name.dropFirst(2)) }
    if name.hasSuffix("_gpu") { name = String(name.dropLast(4)) }
    return (PictureSettings.Named(theirs: theirs, ours: samplers[name]), ending)
  }

  /// A spacing of AUTOMATIC1111's program ("Schedule type"); none for what it chooses by itself.
  static func scheduleType(_ theirs: String) -> PictureSettings.Named? {
    guard theirs != "Automatic" else { return nil }
    return PictureSettings.Named(theirs: theirs, ours: scheduleTypes[theirs.lowercased()])
  }

  /// A spacing of ComfyUI ("scheduler").
  static func scheduler(_ theirs: String) -> PictureSettings.Named {
    PictureSettings.Named(theirs: theirs, ours: schedulers[theirs])
  }

  private static let samplers: [String: String] = [
    "euler": "euler", "euler a": "euler-ancestral", "euler_a": "euler-ancestral",
    "euler_ancestral": "euler-ancestral", "lms": "lms", "heun": "heun", "heunpp2": "heunpp2",
    "dpm2": "dpm2", "dpm_2": "dpm2", "kdpm_2": "dpm2", "dpm2 a": "dpm2-ancestral",
    "dpm_2_ancestral": "dpm2-ancestral", "kdpm_2_a": "dpm2-ancestral",
    "dpm++ 2s a": "dpmpp-2s-ancestral", "dpmpp_2s_ancestral": "dpmpp-2s-ancestral",
    "dpmpp_2s": "dpmpp-2s", "dpm++ 2m": "dpmpp-2m", "dpmpp_2m": "dpmpp-2m",
    "dpm++ sde": "dpmpp-sde", "dpmpp_sde": "dpmpp-sde", "seeds_2": "dpmpp-sde",
    "dpm++ 2m sde": "dpmpp-2m-sde", "dpmpp_2m_sde": "dpmpp-2m-sde",
    "dpm++ 2m sde heun": "dpmpp-2m-sde-heun", "dpmpp_2m_sde_heun": "dpmpp-2m-sde-heun",
    "dpm++ 3m sde": "dpmpp-3m-sde", "dpmpp_3m_sde": "dpmpp-3m-sde", "dpm fast": "dpm-fast",
    "dpm_fast": "dpm-fast", "dpm adaptive": "dpm-adaptive", "dpm_adaptive": "dpm-adaptive",
    "restart": "restart", "ddim": "ddim", "ddpm": "ddpm", "plms": "plms", "pndm": "pndm",
    "unipc": "unipc", "uni_pc": "unipc-bh1", "uni_pc_bh2": "unipc", "lcm": "lcm", "tcd": "tcd",
    "ipndm": "ipndm", "ipndm_v": "ipndm-v", "deis": "deis", "res_multistep": "res-multistep",
    "gradient_estimation": "gradient-estimation", "er_sde": "er-sde", "seeds_3": "seeds-3",
    "sa_solver": "sa-solver",
  ]

  private static let scheduleTypes: [String: String] = [
    "uniform": "uniform", "normal": "uniform", "karras": "karras", "exponential": "exponential",
    "sgm uniform": "sgm-uniform", "sgmuniform": "sgm-uniform", "kl optimal": "kl-optimal",
    "align your steps": "align-your-steps", "simple": "simple", "ddim": "leading", "beta": "beta",
  ]

  private static let schedulers: [String: String] = [
    "normal": "uniform", "karras": "karras", "exponential": "exponential",
    "sgm_uniform": "sgm-uniform", "simple": "simple", "ddim_uniform": "leading",
    "beta": "timestep-beta", "kl_optimal": "kl-optimal", "bong_tangent": "bong-tangent",
  ]
}
