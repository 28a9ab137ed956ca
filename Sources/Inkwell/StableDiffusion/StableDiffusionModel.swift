internal import Diffusion
internal import Modalities
internal import Models
internal import Torch

/// A conditional U-Net, an autoencoder and CLIP's text encoders that together make pictures.
///
/// Rombach et al. 2022, https://arxiv.org/abs/2112.10752, and Podell et al. 2023,
/// https://arxiv.org/abs/2307.01952; equal to diffusers 0.42.1's `StableDiffusionPipeline` and
/// `StableDiffusionXLPipeline` on equal weights, in float32 to 1e-4 of the largest latent.
struct StableDiffusionModel: Sendable {
  let unet: UNet2DConditionModel
  let autoencoder: AutoencoderKL
  let text: StableDiffusionText
  let scheduler: SchedulerConfiguration

  /// How pictures are sampled unless something else is asked for.
  static func settings(
    _ scheduler: SchedulerConfiguration, unet: UNet2DConditionConfiguration, isXL: Bool
  ) -> SamplingSettings {
    let isConsistency = unet.encoder.timeCondProjDim != nil
    return SamplingSettings(
      steps: isConsistency ? 4 : 30, guidance: isConsistency ? 8.5 : isXL ? 5 : 7.5,
      sampler: scheduler.sampler)
  }
}

extension StableDiffusionModel {
  /// The size of the pictures that a model was trained for: 64 latents where none is noted.
  static func nativeSize(
    _ unet: UNet2DConditionConfiguration, _ latents: AutoencoderKLConfiguration
  ) -> PictureSize {
    let sides = unet.sampleSize ?? [64, 64]
    return PictureSize(width: sides[1] * latents.reduction, height: sides[0] * latents.reduction)
  }
}

extension StableDiffusionModel: PromptedModel {
  var seesMask: Bool {
    unet.configuration.encoder.inChannels > autoencoder.configuration.latentChannels
  }

  var nativeSize: PictureSize {
    Self.nativeSize(unet.configuration, autoencoder.configuration)
  }

  /// The wanted size, whose sides must be whole latents.
  func drawnSize(_ wanted: PictureSize) throws -> PictureSize {
    let unit = autoencoder.configuration.reduction
    guard wanted.width % unit == 0, wanted.height % unit == 0 else {
      let near = PictureSize(
        width: max(wanted.width / unit, 1) * unit, height: max(wanted.height / unit, 1) * unit)
      throw GenerateError.value(
        "size", expected: "multiples of \(unit), such as \(near)", found: wanted.description)
    }
    return wanted
  }

  func encode(
    _ prompt: String, as role: Generate.Cut.Role, _ settings: SamplingSettings
  ) throws -> (prompt: StableDiffusionPrompt, cuts: [Generate.Cut]) {
    try text.encode(
      prompt, as: role, skipping: settings.clipSkip ?? 0, syntax: settings.syntax ?? .plain)
  }

  func plan(_ settings: SamplingSettings) throws -> SamplingPlan {
    let sampler = try Samplers.named(settings.sampler)
    guard sampler.target == .mean || TimestepConvention(sampler: settings.sampler) == .consistency
    else {
      throw GenerateError.value(
        "sampler", expected: "one for models of latents, such as lcm", found: settings.sampler)
    }
    let timetable = try scheduler.timetable(
      settings.steps, for: settings.sampler, spacing: settings.spacing)
    return SamplingPlan(
      sampler: sampler, schedule: timetable, levels: timetable.levels,
      startScale: timetable.startScale)
  }

  func latentShape(_ size: PictureSize) -> [Int] {
    let reduction = autoencoder.configuration.reduction
    return [
      autoencoder.configuration.latentChannels, size.height / reduction, size.width / reduction,
    ]
  }

  func pictures(_ latents: Tensor) throws -> [Image] { try autoencoder.decoded(latents) }

  func denoiser(
    _ prompts: [StableDiffusionPrompt], negative: StableDiffusionPrompt, drawing: Drawing,
    plan: SamplingPlan, extra: Tensor?
  ) throws -> any Denoiser {
    guard seesMask == (extra != nil) else {
      throw GenerateError.value(
        "model", expected: "one that draws without a mask; `inkwell inpaint` uses this one",
        found: "one for inpainting")
    }
    let settings = drawing.settings
    let isEmbedded = unet.configuration.encoder.timeCondProjDim != nil
    let isOff = settings.guidance == 1 || isEmbedded
    let all = isOff ? prompts : prompts.map { _ in negative } + prompts
    let conditions = conditions(all, drawing)
    let (prompt, residuals) = try withoutGradients {
      (try unet.prompt(conditions), try Self.residuals(drawing.controls, conditions))
    }
    let seenTwice = extra.map { isOff ? $0 : concatenate($0, $0) }
    let network = PredictionDenoiser(scheduler.prediction, schedule: plan.schedule) {
      [unet] x, timesteps in
      let seen = seenTwice.map { concatenate(x, $0, dim: 1) } ?? x
      let extras = UNetExtras(control: residuals(x, timesteps))
      return unet(seen, timestep: timesteps, prompt: prompt, extras: extras)
    }
    var rule = settings
    if isOff { rule.guidance = 1 }
    let guided = BatchedGuided(
      conditional: network, pair: network, by: rule.guidanceRule(over: scheduler.prediction))
    guard settings.sampler == "lcm" else { return guided }
    return ConsistencyBoundary.lcm(
      guided, schedule: plan.schedule, scaling: scheduler.timestepScaling)
  }

  /// States of prompts that may be of different lengths: those that are missing weigh nothing.
  private static func joined(_ states: [Tensor]) -> UNetConditions {
    let lengths = states.map { $0.shape[1] }
    guard let longest = lengths.max(), Set(lengths).count > 1 else {
      return UNetConditions(text: states.concatenated())
    }
    let filled = zip(states, lengths).map { $0.padded([0, 0, 0, longest - $1]) }
    var conditions = UNetConditions(text: filled.concatenated())
    conditions.mask = lengths.map { length in
      Tensor.ones([1, length]).padded([0, longest - length])
    }.concatenated()
    return conditions
  }

  /// What the network is told of the prompts of a batch.
  private func conditions(
    _ prompts: [StableDiffusionPrompt], _ drawing: Drawing
  ) -> UNetConditions {
    var conditions = Self.joined(prompts.map(\.states))
    if let channels = unet.configuration.encoder.timeCondProjDim {
      let one = guidanceEmbedding(drawing.settings.guidance - 1, channels: channels)
      conditions.guidance = prompts.map { _ in one }.concatenated()
    }
    guard unet.configuration.encoder.additionEmbedding != nil else { return conditions }
    conditions.pooledText = prompts.compactMap(\.pooled).concatenated()
    let (width, height) = (Double(drawing.size.width), Double(drawing.size.height))
    let sizes = Tensor([height, width, 0, 0, height, width], shape: [1, 6])
      .converted(to: .float32)
    conditions.sizes = prompts.map { _ in sizes }.concatenated()
    return conditions
  }
}

/// The sines and cosines of a guidance scale, as a latent consistency model is told it.
///
/// Luo et al. 2023, https://arxiv.org/abs/2310.04378; diffusers' `get_guidance_scale_embedding`.
///
/// - Parameters:
///   - scale: The guidance scale less 1.
///   - channels: The channels of the embedding.
/// - Returns: The embedding, `[1, channels]`.
func guidanceEmbedding(_ scale: Double, channels: Int) -> Tensor {
  let half = channels / 2
  let rates =
    Tensor.range(to: half).converted(to: .float32)
    * (-logarithmOfLongestPeriod / Double(max(half - 1, 1)))
  let angles = (rates.exponential() * (1000 * scale)).unsqueezed(0)
  let waves = concatenate(angles.sine(), angles.cosine(), dim: 1)
  return channels % 2 == 0 ? waves : waves.padded([0, 1])
}

/// `ln(10000)`.
private let logarithmOfLongestPeriod = 9.210340371976184
