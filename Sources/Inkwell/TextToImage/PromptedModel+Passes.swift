internal import Diffusion
internal import Modalities
internal import Models
internal import Torch

extension PromptedModel {
  /// Takes samples through the levels of a plan, the last of them by the model that refines.
  ///
  /// As two runs, like diffusers' two pipelines: a sampler that remembers its steps begins anew.
  ///
  /// - Parameters:
  ///   - plan: The levels.
  ///   - x: Samples at the first of them.
  ///   - batch: The pictures.
  ///   - extra: What the model sees beside the noisy latents.
  ///   - source: Draws the noise.
  ///   - onStep: Called after every step; what it throws ends the run.
  /// - Returns: The samples at the last level.
  /// - Throws: ``GenerateError`` where no step is left to refine, or what `onStep` throws.
  func run(
    _ plan: SamplingPlan, from x: Tensor, of batch: PromptedBatch<Prompt>, extra: Tensor? = nil,
    _ source: NoiseSource, _ onStep: (SamplingStep) throws -> Void
  ) throws -> Tensor {
    guard let refinement = batch.refinement else {
      return try plan(x, network(batch, plan: plan, extra: extra), source, onStep)
    }
    let (early, late) = plan.split(at: refinement.cutoff)
    guard let late else {
      throw GenerateError.value(
        "refine from", expected: "a share of the run after which a step is left",
        found: "\(refinement.from)")
    }
    let (before, count) = (early?.count ?? 0, plan.count)
    let begun =
      try early.map {
        try $0(x, network(batch, plan: plan, extra: extra), source) { step in
          try onStep(step.within(run: count, after: 0))
        }
      } ?? x
    parts.rest(.denoiser)
    defer { refinement.rest() }
    return try late(begun, refinement.network(batch.drawing, plan), source) { step in
      try onStep(step.within(run: count, after: before))
    }
  }

  /// Takes samples through the levels of a plan, and draws them again at a larger size if the
  /// drawing has a second pass.
  ///
  /// Each pass has the generators of its pictures' seeds anew, as in AUTOMATIC1111's web UI.
  ///
  /// - Parameters:
  ///   - plan: The levels of the first pass.
  ///   - x: Samples at the first of them.
  ///   - batch: The pictures.
  ///   - extra: What the model sees beside the noisy latents.
  ///   - source: Draws the noise.
  ///   - onStep: Called after every step of both passes; what it throws ends the run.
  /// - Returns: The latents.
  /// - Throws: ``GenerateError`` if no step is left, or what `onStep` throws.
  func passes(
    _ plan: SamplingPlan, from x: Tensor, of batch: PromptedBatch<Prompt>, extra: Tensor? = nil,
    _ source: NoiseSource, _ onStep: (SamplingStep) throws -> Void
  ) throws -> Tensor {
    guard let second = batch.drawing.second else {
      return try run(plan, from: x, of: batch, extra: extra, source, onStep)
    }
    let settings = batch.drawing.settings
    let again = try self.plan(settings).last(second.strength, of: settings.steps)
    let count = plan.count + again.count
    let small = try run(plan, from: x, of: batch, extra: extra, source) {
      try onStep($0.within(run: count, after: 0))
    }
    var larger = batch
    larger.drawing.size = second.size
    // Where the words acted is told of the first pass.
    larger.drawing.heat = nil
    larger.drawing.controls = try batch.drawing.controls.map { try $0.resized(to: second.size) }
    let anew = NoiseSource(seeds: batch.seeds)
    let known = try enlarged(small, second, anew)
    let noise = anew.normal(latentShape(second.size))
    return try run(again, from: again.levels[0].noised(known, by: noise), of: larger, anew) {
      try onStep($0.within(run: count, after: plan.count))
    }
  }

  private func enlarged(
    _ x: Tensor, _ second: Drawing.SecondPass, _ source: NoiseSource
  ) throws -> Tensor {
    switch second.enlarged {
    case .latents:
      let shape = latentShape(second.size)
      return try checked {
        x.upsampledBilinear2dWithoutAntialias(
          size: [shape[1], shape[2]], alignCorners: false, scale: nil)
      }
    case .pixels:
      let size = second.size
      let large = try pictures(x).map { try $0.resized(width: size.width, height: size.height) }
      return try encoded(large.map(\.tensor).stacked(), source)
    }
  }
}

extension SamplingPlan {
  /// The number of steps.
  var count: Int { levels.count - 1 }

  /// The part whose steps begin at a timestep or above, and the rest.
  func split(at timestep: Double) -> (early: SamplingPlan?, late: SamplingPlan?) {
    let count = levels.dropLast().prefix {
      schedule.timestep(at: schedule.path.level($0)) >= timestep
    }.count
    func part(_ levels: ArraySlice<NoiseLevel>) -> SamplingPlan? {
      guard levels.count > 1 else { return nil }
      return SamplingPlan(
        sampler: sampler, schedule: schedule, levels: Array(levels), startScale: startScale,
        stepsBefore: stepsBefore + levels.startIndex, whole: run)
    }
    return (part(levels[...count]), part(levels[count...]))
  }
}
