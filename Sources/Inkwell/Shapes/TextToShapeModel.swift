internal import Diffusion
internal import Modalities
internal import Models
internal import Torch

/// A text encoder, what sees pictures, if anything does, and a denoising transformer, which
/// together make clouds of points.
struct TextToShapeModel: Sendable {
  let transformer: PointTransformer
  let textEncoder: TextEncoder
  let views: PictureViews?
  let schedule: FlowSchedule
  /// The tokens that every prompt is cut or filled up to.
  let maximumTokens: Int

  /// What a shape is to be.
  struct Drawing: Sendable {
    /// What it is to be, if words say it.
    var prompt: String?
    /// What is seen in its picture, `[places, channels]`, if it has one.
    var seen: Tensor?
    var seed: UInt64
    var settings: SamplingSettings
  }

  /// Makes the points of shapes, which are made at once but do not depend on each other.
  ///
  /// - Parameters:
  ///   - drawings: What they are to be, at least one, all with the same settings but for the
  ///     prompts and pictures.
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
    let denoiser = try denoiser(drawings, settings)
    let x0 = try checked {
      try withoutGradients { try plan(noise * plan.levels[0].sigma, denoiser, source, onStep) }
    }
    return try drawings.indices.map { index in
      try PointCode.cloud(x0.selected(dim: 0, index: index))
    }
  }

  /// What is seen in a picture.
  ///
  /// - Parameter picture: A picture of any size.
  /// - Returns: `[places, channels]`; nothing for a model that sees no pictures.
  /// - Throws: `ImageError`.
  func seen(in picture: Image) throws -> Tensor? {
    try views.map { views in
      let square = try picture.square(views.seenSide)
      return try checked {
        withoutGradients { views.placed(views.seen(square.unsqueezed(0))).squeezed(0) }
      }
    }
  }

  /// The network as it sees prompts and pictures, guided away from the negative prompt, or from
  /// nothing.
  private func denoiser(
    _ drawings: [Drawing], _ settings: SamplingSettings
  ) throws -> any Denoiser {
    let states = try condition(drawings.map(\.prompt))
    let seen = try seen(drawings)
    let conditional = denoiser(states, seen)
    guard settings.guidance != 1 else { return conditional }
    let unwanted =
      settings.negative.isEmpty
      ? states * 0 : try condition(drawings.map { _ in settings.negative })
    return ClassifierFree(
      conditional: conditional, unconditional: denoiser(unwanted, seen.map { $0 * 0 }),
      scale: settings.guidance)
  }

  /// The states of prompts, zeros behind their ends and for none.
  private func condition(_ prompts: [String?]) throws -> Tensor {
    // One at a time, so that a shape does not depend on what else is made.
    try checked {
      try prompts.map { prompt in
        try textEncoder.encode([prompt ?? ""], maximumTokens: maximumTokens).states
          * (prompt == nil ? 0 : 1)
      }.concatenated()
    }
  }

  /// What is seen of each, zeros for what has no picture, `[drawings, places, channels]`.
  private func seen(_ drawings: [Drawing]) throws -> Tensor? {
    try views.map { views in
      try checked {
        drawings.map { $0.seen ?? .zeros([views.places, views.channels]) }.stacked()
      }
    }
  }

  private func denoiser(_ states: Tensor, _ seen: Tensor?) -> PredictionDenoiser {
    let transformer = transformer
    return PredictionDenoiser(.velocity, schedule: schedule) { x, timesteps in
      transformer(x, timestep: timesteps, condition: states, seen: seen)
    }
  }
}
