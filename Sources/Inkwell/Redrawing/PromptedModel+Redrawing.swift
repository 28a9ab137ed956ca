internal import Diffusion
internal import Modalities
internal import Models
internal import Torch

extension PromptedModel {
  /// Makes pictures of a picture.
  ///
  /// - Parameters:
  ///   - batch: The pictures.
  ///   - start: What they begin with, at the size that the model draws at.
  ///   - onStep: Called after every step; what it throws ends the run.
  /// - Returns: The pictures.
  /// - Throws: What is wrong with the settings, or what `onStep` throws.
  func images(
    _ batch: PromptedBatch<Prompt>, from start: RedrawStart,
    onStep: (SamplingStep) throws -> Void = { _ in }
  ) throws -> [Image] {
    try pictures(latents(batch, from: start, onStep: onStep)).map { try start.pasted(under: $0) }
  }

  /// The latents of pictures of a picture.
  ///
  /// Meng et al. 2022 (SDEdit), https://arxiv.org/abs/2108.01073, and for a mask ``Blending`` or,
  /// for models that are told it, Rombach et al. 2022, section 4.5; for a change map ``Releasing``.
  /// What is drawn of a seed, and in which order, is as in diffusers' pipelines.
  func latents(
    _ batch: PromptedBatch<Prompt>, from start: RedrawStart,
    onStep: (SamplingStep) throws -> Void = { _ in }
  ) throws -> Tensor {
    let settings = batch.drawing.settings
    let plan = try self.plan(settings).last(start.strength, of: settings.steps)
    let source = NoiseSource(seeds: batch.seeds)
    let mask = start.latentMask(reduction: autoencoder.configuration.reduction)
    guard !(seesMask && start.isReleased) else {
      throw GenerateError.value(
        "model", expected: "one that is not told a mask, for a change map",
        found: "one for inpainting")
    }
    let isWhole = mask != nil && !start.isReleased && start.strength == 1
    let known = isWhole && seesMask ? nil : try encoded(start.pixels, source)
    let noise = source.normal(latentShape(batch.drawing.size))
    let x = known.map { isWhole ? noise * plan.startScale : plan.levels[0].noised($0, by: noise) }
    let extra =
      try start.isReleased
      ? nil
      : mask.flatMap {
        try maskChannels($0, start, source, count: batch.seeds.count)
      }
    let network = try checked { try denoiser(batch, plan: plan, extra: extra) }
    guard !seesMask, let mask, let known else {
      return try plan(x ?? noise * plan.startScale, network, source, onStep)
    }
    let keeping =
      start.isReleased
      ? plan.releasing(known: known, noise: noise, share: mask)
      : plan.blending(known: known, noise: noise, mask: mask)
    return try keeping(x ?? noise, network, source, onStep)
  }

  /// A draw of the latents of a picture for each generator, scaled.
  private func encoded(_ pixels: Tensor, _ source: NoiseSource) throws -> Tensor {
    try checked {
      withoutGradients {
        let distribution = autoencoder.encode(pixels)
        let noise = source.normal(Array(distribution.mean.shape.dropFirst()))
        return autoencoder.scaled(distribution.sample(noise))
      }
    }
  }

  /// What a model that is told the mask sees besides the latents: the mask, and the latents of the
  /// picture with grey in its place.
  ///
  /// The draw is made for every model, so that what a seed means later does not depend on it.
  private func maskChannels(
    _ mask: Tensor, _ start: RedrawStart, _ source: NoiseSource, count: Int
  ) throws -> Tensor? {
    guard seesMask, let pixels = start.maskPixels else {
      let latents = [autoencoder.configuration.latentChannels] + mask.shape.dropFirst(2)
      _ = source.normal(latents)
      return nil
    }
    let visible = pixels.less(than: 0.5).converted(to: .float32)
    let masked = try encoded(start.pixels * visible, source)
    return concatenate(mask.expanded(count, -1, -1, -1), masked, dim: 1)
  }
}

extension SamplingPlan {
  /// The last part of the run, as diffusers' pipelines count it.
  ///
  /// - Parameters:
  ///   - strength: The share of the steps that are made.
  ///   - steps: The number of steps of a whole run.
  /// - Returns: The plan from the level where the rest begins.
  /// - Throws: ``GenerateError`` if no step is left.
  func last(_ strength: Double, of steps: Int) throws -> SamplingPlan {
    let made = min(Int(Double(steps) * strength), steps)
    let rest = Array(levels.dropFirst(steps - made))
    guard made > 0, rest.count > 1 else {
      throw GenerateError.value(
        "strength", expected: "enough for a step of \(steps)", found: "\(strength)")
    }
    return SamplingPlan(
      sampler: sampler, schedule: schedule, levels: rest, startScale: startScale)
  }

  /// The plan whose samples keep a known part.
  func blending(known: Tensor, noise: Tensor, mask: Tensor) -> SamplingPlan {
    func blended(_ sampler: some Sampler) -> any Sampler {
      Blending(sampler, known: known, noise: noise, mask: mask)
    }
    return SamplingPlan(
      sampler: blended(sampler), schedule: schedule, levels: levels, startScale: startScale)
  }

  /// The plan whose samples are released from a known picture one part after the other.
  func releasing(known: Tensor, noise: Tensor, share: Tensor) -> SamplingPlan {
    func released(_ sampler: some Sampler) -> any Sampler {
      Releasing(sampler, known: known, noise: noise, share: share)
    }
    return SamplingPlan(
      sampler: released(sampler), schedule: schedule, levels: levels, startScale: startScale)
  }
}
