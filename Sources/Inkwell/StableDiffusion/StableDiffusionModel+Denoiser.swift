internal import Diffusion
internal import Models
internal import Torch

/// One of the estimates that a denoiser combines: of each picture after a prompt of its own.
struct DenoiserBranch {
  /// A prompt for each picture.
  var prompts: [StableDiffusionPrompt]
  /// What the U-Net sees beside the latents, `[batch, channels, height, width]`; nothing for most.
  var channels: Tensor?
}

extension StableDiffusionModel {
  /// The network as it sees prompts that are the same in all steps.
  func denoiser(
    _ batch: PromptedBatch<StableDiffusionPrompt>, plan: SamplingPlan, extra: Tensor?
  ) throws -> any Denoiser {
    let settings = guidedSettings(batch.drawing)
    let conditional = DenoiserBranch(prompts: batch.prompts, channels: extra)
    let negative = DenoiserBranch(
      prompts: batch.prompts.map { _ in batch.negative }, channels: extra)
    let branches = settings.guidance == 1 ? [conditional] : [negative, conditional]
    let network = try network(branches, of: batch.drawing, plan: plan)
    return bounded(
      BatchedGuided(
        conditional: network, pair: network, by: settings.guidanceRule(over: scheduler.prediction)),
      settings, plan)
  }

  /// The settings, without guidance where the network itself is told its scale.
  func guidedSettings(_ drawing: Drawing) -> SamplingSettings {
    var settings = drawing.settings
    if unet.configuration.encoder.timeCondProjDim != nil { settings.guidance = 1 }
    return settings
  }

  /// The denoiser with the boundary condition of the sampler that needs it.
  func bounded(
    _ guided: some Denoiser, _ settings: SamplingSettings, _ plan: SamplingPlan
  ) -> any Denoiser {
    guard settings.sampler == "lcm" else { return guided }
    return ConsistencyBoundary.lcm(
      guided, schedule: plan.schedule, scaling: scheduler.timestepScaling)
  }

  /// The U-Net, which sees the pictures of all branches at once.
  ///
  /// - Parameters:
  ///   - branches: The branches, one after the other in the batch.
  ///   - drawing: How pictures are made.
  ///   - plan: The levels.
  /// - Returns: What estimates clean latents, over `[branches · batch, …]`.
  /// - Throws: `ConditionError` for a condition that a network needs or does not know.
  func network(
    _ branches: [DenoiserBranch], of drawing: Drawing, plan: SamplingPlan
  ) throws -> PredictionDenoiser {
    let conditions = conditions(branches.flatMap(\.prompts), drawing)
    let (prompt, residuals) = try withoutGradients {
      (try unet.prompt(conditions), try Self.residuals(drawing.controls, conditions))
    }
    let channels = branches.compactMap(\.channels)
    let seen = channels.isEmpty ? nil : channels.concatenated()
    return PredictionDenoiser(scheduler.prediction, schedule: plan.schedule) {
      [unet] x, timesteps in
      unet(
        seen.map { concatenate(x, $0, dim: 1) } ?? x, timestep: timesteps, prompt: prompt,
        extras: UNetExtras(control: residuals(x, timesteps)))
    }
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
