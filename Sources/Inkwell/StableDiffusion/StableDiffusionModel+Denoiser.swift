internal import Diffusion
internal import Models
internal import Torch

/// One of the estimates that a denoiser combines: of each picture after a prompt of its own.
struct DenoiserBranch {
  /// A prompt for each picture.
  var prompts: [StableDiffusionPrompt]
  /// What the U-Net sees beside the latents, `[batch, channels, height, width]`; nothing for most.
  var channels: Tensor?
  /// How beautiful the pictures are to be, as SDXL's refiner is told it.
  var score = 6.0
  /// Whether it is drawn after the pictures of the IP-Adapters.
  var seesImages = true
}

extension StableDiffusionModel {
  /// The network as it sees prompts that are the same in all steps.
  func denoiser(
    _ batch: PromptedBatch<StableDiffusionPrompt>, plan: SamplingPlan, extra: Tensor?
  ) throws -> any Denoiser {
    parts.rest(.text, .autoencoder)
    let settings = guidedSettings(batch.drawing)
    let conditional = DenoiserBranch(prompts: batch.prompts, channels: extra)
    let negative = DenoiserBranch(
      prompts: batch.prompts.map { _ in batch.negative }, channels: extra, score: 2.5,
      seesImages: false)
    if purpose == .editing {
      guard !settings.isGuidedInPart else {
        throw GenerateError.unknownSetting("guidance for a part", of: "a model that edits")
      }
      return try edits(conditional, without: negative, of: batch.drawing, plan: plan)
    }
    let branches = settings.guidance == 1 ? [conditional] : [negative, conditional]
    let network = try network(branches, of: batch.drawing, plan: plan)
    let alone =
      settings.isGuidedInPart
      ? try self.network([conditional], of: batch.drawing, plan: plan) : network
    let rule = settings.guidanceRule(over: scheduler.prediction, along: plan)
    return bounded(BatchedGuided(conditional: alone, pair: network, by: rule), settings, plan)
  }

  /// The settings, without guidance where the network itself is told its scale.
  func guidedSettings(_ drawing: Drawing) -> SamplingSettings {
    var settings = drawing.settings
    if unet.configuration.encoder.isToldGuidance { settings.guidance = 1 }
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

  /// The network of a model that edits: guided by the picture, and by the prompt.
  ///
  /// - Parameters:
  ///   - both: The branch that knows the prompts, and sees the picture.
  ///   - picture: The branch that only sees the picture.
  ///   - drawing: How pictures are made.
  ///   - plan: The levels.
  /// - Returns: What estimates clean latents.
  /// - Throws: `ConditionError` for a condition that a network needs or does not know.
  private func edits(
    _ both: DenoiserBranch, without picture: DenoiserBranch, of drawing: Drawing,
    plan: SamplingPlan
  ) throws -> any Denoiser {
    var neither = picture
    neither.channels = picture.channels.map { $0 * 0 }
    let scales = InstructionScales(
      instruction: drawing.settings.guidance, picture: drawing.pictureGuidance)
    let branches = scales.branches.map { branch in
      switch branch {
      case .neither: neither
      case .picture: picture
      case .both: both
      }
    }
    return InstructionGuided(
      scales, try network(branches, of: drawing, plan: plan),
      rescale: drawing.settings.guidanceRescale ?? 0, space: scheduler.prediction)
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
    var conditions = conditions(branches, drawing)
    let sees = branches.flatMap { branch in branch.prompts.map { _ in branch.seesImages } }
    conditions.images = drawing.images.map { $0.prompt(sees) }
    let (prompt, steering) = try withoutGradients {
      (try unet.prompt(conditions), try self.steering(drawing.controls, conditions, plan))
    }
    let channels = branches.compactMap(\.channels)
    let seen = channels.isEmpty ? nil : channels.concatenated()
    // The prompt's own branch is the last.
    let observer = drawing.heat?.observer(ofLast: branches.last?.prompts.count ?? 0)
    let cache = drawing.cache?.started()
    func output(_ x: Tensor, _ timesteps: Tensor) -> Tensor {
      var extras = steering.extras(x, timesteps)
      let control = steering.control(x, timesteps)
      extras.observer = observer
      extras.merging = drawing.mergedTokens.map { TokenMerging(share: $0, at: timesteps) }
      let all = seen.map { concatenate(x, $0, dim: 1) } ?? x
      func whole() -> Tensor {
        extras.control = control.whole()
        return unet(all, timestep: timesteps, prompt: prompt, extras: extras)
      }
      guard let cache, let kept = drawing.cache else { return whole() }
      guard !kept.keepsWhole else { return cache.features(at: timesteps, from: all, whole) }
      return unet(
        all, timestep: timesteps, prompt: prompt, extras: extras, cache: cache,
        depth: kept.depth ?? 0, control: control)
    }
    guard purpose == .enlargingLatents else {
      return PredictionDenoiser(scheduler.prediction, schedule: plan.schedule, network: output)
    }
    return try latentUpscaler(output)
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

  /// What the network is told of the prompts of all branches.
  func conditions(_ branches: [DenoiserBranch], _ drawing: Drawing) -> UNetConditions {
    let prompts = branches.flatMap(\.prompts)
    var conditions = Self.joined(prompts.map(\.states))
    if purpose == .enlargingLatents {
      conditions.timeCondition = latentUpscalerCondition(prompts.compactMap(\.pooled))
    } else if let channels = unet.configuration.encoder.timeCondProjDim {
      let one = guidanceEmbedding(drawing.settings.guidance - 1, channels: channels)
      conditions.timeCondition = prompts.map { _ in one }.concatenated()
    }
    if unet.configuration.encoder.classEmbedding != nil {
      conditions.label = Tensor.full(
        [prompts.count], .integer(drawing.noiseLevel), dtype: .int64)
    }
    guard unet.configuration.encoder.additionEmbedding != nil else { return conditions }
    conditions.pooledText = prompts.compactMap(\.pooled).concatenated()
    let (width, height) = (Double(drawing.size.width), Double(drawing.size.height))
    conditions.sizes = branches.flatMap { branch in
      let last = purpose == .refining ? [branch.score] : [height, width]
      let sizes = Tensor([height, width, 0, 0] + last, shape: [1, 4 + last.count])
        .converted(to: .float32)
      return branch.prompts.map { _ in sizes }
    }.concatenated()
    return conditions
  }
}

extension StableDiffusionModel {
  var mergesTokens: Bool { unet.configuration.encoder.mergingLevel != nil }
}

extension TokenMerging {
  /// Merging whose draws are those of a timestep: a picture depends on no other evaluations.
  fileprivate convenience init(share: Double, at timesteps: Tensor) {
    let thousandths = (1000 * timesteps.selected(dim: 0, index: 0).item()).rounded()
    self.init(share: share, seed: UInt64(bitPattern: Int64(exactly: thousandths) ?? 0))
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
