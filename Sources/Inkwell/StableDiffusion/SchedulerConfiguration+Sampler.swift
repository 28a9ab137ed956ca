internal import Models

extension SchedulerConfiguration {
  /// diffusers' classes whose steps a sampler here makes.
  static let classes = [
    "DDIMScheduler", "DDPMScheduler", "PNDMScheduler", "EulerDiscreteScheduler",
    "EulerAncestralDiscreteScheduler", "HeunDiscreteScheduler", "LMSDiscreteScheduler",
    "KDPM2DiscreteScheduler", "KDPM2AncestralDiscreteScheduler", "DPMSolverMultistepScheduler",
    "DPMSolverSinglestepScheduler", "DPMSolverSDEScheduler", "UniPCMultistepScheduler",
    "DEISMultistepScheduler", "SASolverScheduler", "LCMScheduler", "TCDScheduler",
    continuousClass,
  ]

  /// The class that has a range of noise levels and no chain.
  static let continuousClass = "EDMEulerScheduler"

  /// The name of the sampler that steps as a class does with its options.
  static func sampler(_ className: String, _ keys: ConfigurationKeys<Key>) throws -> String {
    switch className {
    case "DDIMScheduler": "ddim"
    case "DDPMScheduler":
      try keys.choice(
        .variance, or: "fixed_small", ["fixed_small": "ddpm", "fixed_large": "ddpm-large"])
    case "PNDMScheduler": try keys.value(.skipsRungeKutta, or: false) ? "plms" : "pndm"
    case "EulerDiscreteScheduler", continuousClass: "euler"
    case "EulerAncestralDiscreteScheduler": "euler-ancestral"
    case "HeunDiscreteScheduler": "heun"
    case "LMSDiscreteScheduler": "lms"
    case "KDPM2DiscreteScheduler": "dpm2"
    case "KDPM2AncestralDiscreteScheduler": "dpm2-ancestral"
    case "DPMSolverMultistepScheduler": try multistep(keys)
    case "DPMSolverSinglestepScheduler":
      try keys.choice(.order, ["2": "dpmpp-2s", "3": "dpmpp-3s"])
    case "DPMSolverSDEScheduler": "dpmpp-sde"
    case "UniPCMultistepScheduler":
      try keys.value(.order, or: 2) == 3
        ? "unipc-3" : keys.choice(.solver, or: "bh2", ["bh1": "unipc-bh1", "bh2": "unipc"])
    case "DEISMultistepScheduler": "deis"
    case "SASolverScheduler": "sa-solver"
    case "LCMScheduler": "lcm"
    case "TCDScheduler": "tcd"
    default:
      throw keys.misfit(
        .className, expected: classes.joined(separator: " or "), found: className)
    }
  }

  private static func multistep(_ keys: ConfigurationKeys<Key>) throws -> String {
    let isMidpoint = try keys.choice(.solver, or: "midpoint", ["midpoint": true, "heun": false])
    let orders = try keys.choice(
      .algorithm, or: "dpmsolver++",
      [
        "dpmsolver++": ["2": isMidpoint ? "dpmpp-2m" : "res-multistep", "3": "dpmpp-3m"],
        "dpmsolver": ["2": "dpm-2m", "3": "dpm-3m"],
        "sde-dpmsolver++": ["2": isMidpoint ? "dpmpp-2m-sde" : "dpmpp-2m-sde-heun"],
        "sde-dpmsolver": ["2": "dpm-2m-sde"],
      ])
    return try keys.choice(.order, orders)
  }
}

extension ConfigurationKeys where Key == SchedulerConfiguration.Key {
  /// What a solver's order, 2 if it is not there, stands for.
  fileprivate func choice(_ key: Key, _ orders: [String: String]) throws -> String {
    let order = try value(key, or: 2)
    guard let name = orders["\(order)"] else {
      throw misfit(key, expected: orders.keys.sorted().joined(separator: " or "), found: order)
    }
    return name
  }
}
