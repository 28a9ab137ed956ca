internal import Diffusion
internal import Modalities
internal import Models
internal import Torch

/// A text encoder and a denoising transformer that together make clouds of points.
struct TextToShapeModel: Sendable {
  let transformer: PointTransformer
  let textEncoder: TextEncoder
  let schedule: FlowSchedule
  /// The tokens that every prompt is cut or filled up to.
  let maximumTokens: Int

  /// What a shape is to be.
  struct Drawing: Sendable {
    var prompt: String
    var seed: UInt64
    var settings: SamplingSettings
  }

  /// Makes the points of shapes, which are made at once but do not depend on each other.
  ///
  /// - Parameters:
  ///   - drawings: What they are to be, at least one, all with the same settings but for the
  ///     prompts.
  ///   - points: How many points each has.
  ///   - onStep: Called after every step; what it throws ends the run.
  /// - Returns: The clouds.
  /// - Throws: What is wrong with the settings, or what `onStep` throws.
  func clouds(
    _ drawings: [Drawing], points: Int, onStep: (SamplingStep) throws -> Void = { _ in }
  ) throws -> [PointCloud] {
    precondition(!drawings.isEmpty, "a drawing")
    let settings = drawings[0].settings
    let plan = SamplingPlan(
      sampler: try Samplers.named(settings.sampler), schedule: schedule,
      levels: try schedule.levels(settings.steps))
    let source = NoiseSource(seeds: drawings.map(\.seed))
    let noise = source.normal([transformer.configuration.inputChannels, points])
    let denoiser = try denoiser(drawings.map(\.prompt), settings)
    let x0 = try checked {
      try withoutGradients { try plan(noise * plan.levels[0].sigma, denoiser, source, onStep) }
    }
    return try drawings.indices.map { index in
      try PointCode.cloud(x0.selected(dim: 0, index: index))
    }
  }

  /// The network as it sees the prompts, guided away from the negative one, or from none.
  private func denoiser(
    _ prompts: [String], _ settings: SamplingSettings
  ) throws -> any Denoiser {
    let states = try condition(prompts)
    let conditional = denoiser(states)
    guard settings.guidance != 1 else { return conditional }
    let unwanted =
      settings.negative.isEmpty
      ? states * 0 : try condition(prompts.map { _ in settings.negative })
    return ClassifierFree(
      conditional: conditional, unconditional: denoiser(unwanted), scale: settings.guidance)
  }

  /// The states of prompts, zeros behind their ends.
  private func condition(_ prompts: [String]) throws -> Tensor {
    // One at a time, so that a shape does not depend on what else is made.
    try checked {
      try prompts.map { prompt in
        try textEncoder.encode([prompt], maximumTokens: maximumTokens).states
      }.concatenated()
    }
  }

  private func denoiser(_ states: Tensor) -> PredictionDenoiser {
    let transformer = transformer
    return PredictionDenoiser(.velocity, schedule: schedule) { x, timesteps in
      transformer(x, timestep: timesteps, condition: states)
    }
  }
}
