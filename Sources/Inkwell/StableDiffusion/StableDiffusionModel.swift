internal import Diffusion
internal import Layers
internal import Modalities
internal import Models
internal import Torch

/// A conditional U-Net, an autoencoder and CLIP's text encoders that together make pictures.
///
/// Rombach et al. 2022, https://arxiv.org/abs/2112.10752, and Podell et al. 2023,
/// https://arxiv.org/abs/2307.01952; equal to diffusers 0.42.1's `StableDiffusionPipeline` and
/// `StableDiffusionXLPipeline` on equal weights, in float32 to 1e-4 of the largest latent.
struct StableDiffusionModel: Sendable {
  private(set) var unet: UNet2DConditionModel
  private(set) var autoencoder: AutoencoderKL
  let text: StableDiffusionText
  var scheduler: SchedulerConfiguration
  /// How a model that enlarges sees the picture.
  var enlarging: EnlargingNoise?
  /// Whether a model that edits sees the latents of the picture scaled, as CosXL's does.
  var scalesPicture = false
  /// Which edges of a picture meet for the networks.
  var wrapping: Wrapping?
  /// What is given back while a part does not run.
  var parts = ResidentParts()

  /// How pictures are sampled unless something else is asked for.
  static func settings(
    _ scheduler: SchedulerConfiguration, unet: UNet2DConditionConfiguration, isXL: Bool
  ) -> SamplingSettings {
    // As the latent upscaler is used in diffusers' own example, which leaves the prompt out.
    guard !unet.encoder.isAdaptive else {
      return SamplingSettings(steps: 20, guidance: 1, sampler: scheduler.sampler)
    }
    let isConsistency = unet.encoder.isToldGuidance
    let isEnlarging = unet.encoder.classEmbedding != nil
    return SamplingSettings(
      steps: isConsistency ? 4 : 30,
      guidance: isConsistency ? 8.5 : isEnlarging ? 9 : isXL ? 5 : 7.5,
      sampler: scheduler.sampler)
  }
}

extension StableDiffusionModel {
  /// The same model, computed by the engine of the additions.
  func running(_ additions: ModelAdditions) -> StableDiffusionModel {
    guard additions.engine == .compiled else { return self }
    var model = self
    model.unet = unet.compiled(report: additions.notes.add) { [parts] in
      parts.giveBack(.denoiser)
    }
    model.autoencoder = autoencoder.compiled(report: additions.notes.add) { [parts] in
      parts.giveBack(.autoencoder)
    }
    return model
  }

  /// The size of the pictures that a model was trained for: 64 latents where none is noted.
  static func nativeSize(
    _ unet: UNet2DConditionConfiguration, _ latents: AutoencoderKLConfiguration
  ) -> PictureSize {
    let sides = unet.sampleSize ?? [64, 64]
    return PictureSize(width: sides[1] * latents.reduction, height: sides[0] * latents.reduction)
  }
}

extension StableDiffusionModel: PromptedModel {
  var purpose: ModelPurpose { knownPurpose ?? .drawing }

  /// What the U-Net's sizes say; nothing if it cannot be run.
  var knownPurpose: ModelPurpose? {
    ModelPurpose(
      unet.configuration, latents: autoencoder.configuration.latentChannels,
      pooledChannels: text.pooledChannels)
  }

  var sideUnit: Int {
    autoencoder.configuration.reduction * unet.configuration.encoder.sideUnit
  }

  var drawsAnySize: Bool { true }

  var nativeSize: PictureSize {
    Self.nativeSize(unet.configuration, autoencoder.configuration)
  }

  /// The wanted size, whose sides must be whole latents.
  func drawnSize(_ wanted: PictureSize) throws -> PictureSize {
    let unit = sideUnit
    guard wanted.width % unit == 0, wanted.height % unit == 0 else {
      let near = PictureSize(
        width: max(wanted.width / unit, 1) * unit, height: max(wanted.height / unit, 1) * unit)
      throw GenerateError.value(
        "size", expected: "multiples of \(unit), such as \(near)", found: wanted.description)
    }
    return wanted
  }

  func words(of prompt: String, _ settings: SamplingSettings) throws -> [TokenWord] {
    guard settings.syntax ?? .plain == .plain else {
      throw GenerateError.value(
        "explain", expected: "a prompt whose signs have no meaning",
        found: "the syntax \(settings.syntax?.rawValue ?? "")")
    }
    guard let encoder = text.encoders.first else { return [] }
    return encoder.tokenizer.words(of: prompt, maximumLength: encoder.chunkLength)
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

  func pictures(_ latents: Tensor) throws -> [Image] {
    parts.rest(.denoiser)
    defer { parts.rest(.autoencoder) }
    // Its buffers are larger than those of steps, beside which they would not fit into the plan.
    return try Machine.returningFreedMemory { try autoencoder.decoded(latents) }
  }
}
