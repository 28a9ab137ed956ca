internal import Foundation
internal import Models

/// The `scheduler_config.json` that diffusers 0.42.1 gives to a model of a single file.
struct PublishedScheduler: Encodable {
  var className = "DDIMScheduler"
  var betaStart = 0.00085
  var betaEnd = 0.012
  let betaSchedule = "scaled_linear"
  let count = 1000
  var prediction = "epsilon"
  let spacing = "leading"
  let offset = 1
  /// Whether clean latents are cut off at 1; Euler's class knows no such key.
  var clips: Bool? = false
  /// Whether the last step of DDIM ends without noise; Euler's class knows no such key.
  var alphaToOne: Bool? = false
  var zeroTerminalSNR = false

  enum CodingKeys: String, CodingKey {
    case className = "_class_name"
    case betaStart = "beta_start"
    case betaEnd = "beta_end"
    case betaSchedule = "beta_schedule"
    case count = "num_train_timesteps"
    case prediction = "prediction_type"
    case spacing = "timestep_spacing"
    case offset = "steps_offset"
    case clips = "clip_sample"
    case alphaToOne = "set_alpha_to_one"
    case zeroTerminalSNR = "rescale_betas_zero_snr"
  }

  /// The scheduler of a family.
  ///
  /// - Parameters:
  ///   - family: The family.
  ///   - predictsVelocity: Whether its denoiser outputs `v`, not the noise.
  ///   - hasZeroTerminalSNR: Whether the chain's last timestep is to hold no signal.
  init(_ family: StableDiffusionFamily, predictsVelocity: Bool, hasZeroTerminalSNR: Bool) {
    prediction = predictsVelocity ? "v_prediction" : "epsilon"
    zeroTerminalSNR = hasZeroTerminalSNR
    if family.isXL { (className, clips, alphaToOne) = ("EulerDiscreteScheduler", nil, nil) }
    if family.isEnlarger { (betaStart, betaEnd) = (0.0001, 0.02) }
  }

  /// How an enlarger makes the small picture noisy.
  static var ofSmallPictures: PublishedScheduler {
    var scheduler = PublishedScheduler(
      .enlarger, predictsVelocity: false, hasZeroTerminalSNR: false)
    (scheduler.className, scheduler.clips) = ("DDPMScheduler", true)
    scheduler.alphaToOne = nil
    return scheduler
  }

  /// What it means here.
  var configuration: SchedulerConfiguration {
    get throws {
      try JSONDecoder().decode(
        SchedulerConfiguration.self, from: try configurationData(self))
    }
  }
}
