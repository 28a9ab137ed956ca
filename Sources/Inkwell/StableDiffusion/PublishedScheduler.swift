internal import Foundation
internal import Models

/// The `scheduler_config.json` that diffusers 0.42.1 gives to a model of a single file; but for a
/// model of a range of noise levels, to which it gives none that fits.
///
/// What a class does not know is nothing.
struct PublishedScheduler: Encodable {
  var className = "DDIMScheduler"
  var betaStart: Double? = 0.00085
  var betaEnd: Double? = 0.012
  var betaSchedule: String? = "scaled_linear"
  let count = 1000
  var prediction = "epsilon"
  var spacing: String? = "leading"
  var offset: Int? = 1
  /// Whether clean latents are cut off at 1; Euler's class knows no such key.
  var clips: Bool? = false
  /// Whether the last step of DDIM ends without noise; Euler's class knows no such key.
  var alphaToOne: Bool? = false
  var zeroTerminalSNR: Bool? = false
  var sigmaMin: Double?
  var sigmaMax: Double?
  var sigmaData: Double?
  var sigmaSchedule: String?

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
    case sigmaMin = "sigma_min"
    case sigmaMax = "sigma_max"
    case sigmaData = "sigma_data"
    case sigmaSchedule = "sigma_schedule"
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

  /// The scheduler of a model that predicts `v` over a range of `sigma / alpha`, as CosXL does.
  init(sigmas least: Double, _ most: Double) {
    (className, prediction) = (SchedulerConfiguration.continuousClass, "v_prediction")
    (betaStart, betaEnd, betaSchedule) = (nil, nil, nil)
    (spacing, offset, clips, alphaToOne, zeroTerminalSNR) = (nil, nil, nil, nil, nil)
    (sigmaMin, sigmaMax, sigmaData, sigmaSchedule) = (least, most, 1, "exponential")
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
