/// What was measured of the catalogue's samplers on normal data, which must be found again.
enum ContractPins {
  /// How far an order may be below the declared one on any path: 0.02 more than it was, and 0.04
  /// where it was not below.
  static func slack(_ name: String) -> Double { slacks[name] ?? 0.04 }

  /// The error of the variance after 200 steps of a flow from pure noise.
  ///
  /// A first step of first order leaves an error of second order, so more cannot be had there; and
  /// in `lambda` the steps from it stay long, which leaves terms of both signs. No order holds of
  /// it.
  static let pureNoise: [String: Double] = [
    "ddpm": 0.0335,
    "ddpm-large": 0.005826,
    "ddim": 0.01471,
    "euler": 0.01471,
    "heun": 7.737e-05,
    "heunpp2": 0.005978,
    "dpmpp-2m": 0.0006513,
    "dpmpp-3m": 0.0002035,
    "dpmpp-3m-corrected": 0.0005214,
    "dpmpp-2s": 0.000285,
    "dpmpp-3s": 0.0001078,
    "dpm-2m": 0.0002018,
    "dpm-3m": 0.0001184,
    "dpm2": 7.126e-05,
    "dpm-3s": 0.000111,
    "dpm-fast": 0.0001339,
    "dpm-adaptive": 0.000111,
    "deis": 0.0001772,
    "tab-deis": 0.0001598,
    "unipc": 0.0001554,
    "unipc-bh1": 0.000324,
    "unipc-3": 0.0003756,
    "res-multistep": 0.0008167,
    "res-2s": 0.0001711,
    "lms": 0.0001074,
    "plms": 6.265e-05,
    "pndm": 6.049e-05,
    "ipndm": 6.265e-05,
    "ipndm-v": 0.0001281,
    "gradient-estimation": 0.01429,
    "rk4": 0.000101,
    "euler-ancestral": 0.0335,
    "euler-ancestral-flow": 0.03337,
    "dpm2-ancestral": 0.0008489,
    "dpmpp-2s-ancestral": 0.001041,
    "dpmpp-sde": 0.0006558,
    "dpmpp-2m-sde": 0.002912,
    "dpmpp-2m-sde-heun": 0.004137,
    "dpmpp-3m-sde": 0.000606,
    "dpmpp-3m-sde-corrected": 0.0001687,
    "dpm-2m-sde": 0.0005664,
    "seeds-3": 9.025e-06,
    "heun-stochastic": 0.002945,
    "sa-solver": 0.004863,
    "er-sde": 3.743e-05,
    "restart": 8.102e-05,
    "flow-sde": 0.00786,
    "euler-maruyama": 0.007169,
    "reverse-diffusion": 0.01611,
    "predictor-corrector": 0.01833,
  ]

  private static let slacks: [String: Double] = [
    "ddpm": 0.06, "deis": 0.08, "dpm-3m": 0.16, "dpmpp-3m": 0.13, "dpmpp-3m-sde": 0.06,
    "dpmpp-3m-sde-corrected": 0.26, "dpmpp-3s": 0.07, "euler-ancestral": 0.06,
    "euler-ancestral-flow": 0.07, "flow-sde": 0.05, "gradient-estimation": 0.06,
    "heun-stochastic": 0.09, "ipndm-v": 0.15, "lms": 0.2, "seeds-3": 0.19, "tab-deis": 0.07,
  ]
}
