internal import Diffusion
internal import Torch

/// A model that takes over the last steps of a run from another.
struct Refinement: Sendable {
  /// The share of the timesteps after which it does.
  let from: Double
  /// The timestep below which it does.
  let cutoff: Double
  /// What it estimates at the levels of a plan.
  let network: @Sendable (Drawing, SamplingPlan) throws -> any Denoiser
  /// Gives back its memory when it is done, where that is saved.
  let rest: @Sendable () -> Void
}

/// A loaded model that refines, such as SDXL's refiner, and what it is told of every picture.
///
/// Podell et al. 2023, https://arxiv.org/abs/2307.01952.
struct LoadedRefiner: Sendable {
  private let model: StableDiffusionModel
  private let from: Double
  private let settings: SamplingSettings
  private let negative: ChangingPrompt

  /// Reads a model.
  ///
  /// - Parameters:
  ///   - refiner: Which model, and from where on.
  ///   - base: The model whose pictures it finishes.
  ///   - settings: How pictures are sampled.
  /// - Throws: ``GenerateError`` for a model that cannot finish them, or what reading it throws.
  init(
    _ refiner: Generate.Refiner, after base: some PromptedModel, _ settings: SamplingSettings
  ) throws {
    model = try refiner.companion.load(beside: base) {
      try $0.check(asRefiner: refiner.model)
    }
    for scheduler in [model.scheduler, (base as? StableDiffusionModel)?.scheduler]
    where scheduler?.range != nil {
      throw GenerateError.unknownSetting("refiner", of: "a model of no chain of timesteps")
    }
    from = refiner.from
    self.settings = settings
    negative = try model.encode(settings.negative, as: .negative, settings).prompt
  }

  /// What it does for pictures of prompts.
  ///
  /// - Parameters:
  ///   - prompts: The prompts.
  ///   - seeds: A seed for each.
  /// - Returns: What it does.
  /// - Throws: What encoding a prompt throws.
  func refinement(of prompts: [String], seeds: [UInt64]) throws -> Refinement {
    let encoded = try prompts.map { try model.encode($0, as: .prompt, settings).prompt }
    let count = Double(model.scheduler.alphaBar.count)
    return Refinement(
      from: from, cutoff: (count - from * count).rounded(.toNearestOrEven),
      network: { [model, negative] drawing, plan in
        var drawing = drawing
        // ControlNets and IP-Adapters are for the U-Net of the other model.
        drawing.controls = []
        drawing.images = []
        drawing.heat = nil
        return try model.network(
          PromptedBatch(prompts: encoded, negative: negative, seeds: seeds, drawing: drawing),
          plan: plan, extra: nil)
      }, rest: rest)
  }

  /// Gives back the memory of its denoiser until it makes a step again, where that is saved.
  @Sendable func rest() { model.parts.rest(.denoiser) }
}

extension Generate.Refiner {
  /// The model on the disk.
  var companion: CompanionModel { CompanionModel(role: "refiner", path: model) }
}
