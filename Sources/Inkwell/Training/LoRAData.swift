internal import Diffusion
internal import Layers
internal import Modalities
internal import Models
internal import Torch

/// What the training of a LoRA reads, ready for its steps.
struct LoRAData {
  /// What is trained.
  let lora: TrainableLoRA
  /// The model, whose U-Net has what is trained.
  let model: StableDiffusionModel
  /// What is said about each picture.
  let records: [ImageFolder.Record]
  /// The scaled latents of the pictures, `[count, channels, height, width]`.
  let latents: Tensor
  /// The timesteps that the model was trained on.
  let chain: DiscreteSchedule
  private let size: PictureSize
  private let prompts = KnownPrompts()

  init(
    lora: TrainableLoRA, model: StableDiffusionModel, records: [ImageFolder.Record],
    latents: Tensor, side: Int
  ) throws {
    self.lora = lora
    self.model = model
    self.records = records
    self.latents = latents
    chain = try model.scheduler.trainedChain()
    size = PictureSize(width: side, height: side)
  }

  /// What the network is told of captions; an empty one is what pictures are guided away from.
  func conditions(_ captions: [String]) throws -> UNetConditions {
    let branch = DenoiserBranch(prompts: try captions.map(prompt))
    return model.conditions([branch], Drawing(settings: SamplingSettings(), size: size))
  }

  /// A picture of a prompt, by the matrices as they are.
  func picture(of text: String, seed: UInt64) throws -> Image {
    var settings = StableDiffusionModel.settings(
      model.scheduler, unet: model.unet.configuration, isXL: model.text.isXL)
    settings.steps = 20
    let batch = PromptedBatch(
      prompts: [ChangingPrompt(try prompt(text))], negative: ChangingPrompt(try prompt("")),
      seeds: [seed],
      drawing: Drawing(settings: settings, size: size))
    return try model.images(batch)[0]
  }

  private func prompt(_ text: String) throws -> StableDiffusionPrompt {
    try prompts.prompt(text) {
      try checked {
        try withoutGradients {
          try model.text.encode(text, as: text.isEmpty ? .negative : .prompt).prompt
        }
      }
    }
  }
}

/// The prompts that were encoded already, as many as little memory holds.
private final class KnownPrompts {
  /// A prompt of Stable Diffusion 1 is a quarter of a megabyte.
  private static let most = 1000
  private var known: [String: StableDiffusionPrompt] = [:]

  func prompt(
    _ text: String, encode: () throws -> StableDiffusionPrompt
  ) throws -> StableDiffusionPrompt {
    if let prompt = known[text] { return prompt }
    let prompt = try encode()
    if known.count < Self.most { known[text] = prompt }
    return prompt
  }
}
